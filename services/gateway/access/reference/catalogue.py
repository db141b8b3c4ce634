"""The catalogues read from the YAML beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.gateway.access.domain.agreements import Entry, Rows, Shape, Terms
from services.kit.periods import Period

_FOLDER = Path(__file__).parent
EVERYTHING = "*"
LANGUAGES = ("fr", "ar", "en")
Label = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """A right that an operation may ask for.

    Attributes:
        partner: Whether a partner's client may have it.
    """

    name: str
    description: str
    partner: bool


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that an agreement can be about; labels by language.

    Attributes:
        personal: Whether it is about persons.
        shape: What an agreement on it may say.
    """

    name: str
    label: Label
    personal: bool
    actions: Mapping[str, Label]
    fields: Mapping[str, Label]
    shape: Shape


@dataclass(frozen=True, slots=True)
class DemoClient:
    """A client of the demo, what it may do (`*` stands for everything), and what its organisation has agreed."""

    client_id: str
    organisation: str
    organisation_name: str
    kind: str
    scopes: tuple[str, ...]
    agreements: tuple[Terms, ...]


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody of the demo who signs in."""

    username: str
    display_name: str
    organisation: str
    language: str
    scopes: tuple[str, ...]


@cache
def scopes() -> tuple[Scope, ...]:
    """Return every scope there is, in the catalogue's order."""
    return tuple(Scope(row["scope"], row["description"], row.get("partner", True)) for row in _read("scopes"))


@cache
def resources() -> Mapping[str, Resource]:
    """Return every resource there is, by name, in the catalogue's order."""
    found = _read("resources")
    actions = {name: _label(texts) for name, texts in found["actions"].items()}
    return {
        name: Resource(
            name,
            _label(row["label"]),
            row["personal"],
            {action: actions[action] for action in row["actions"]},
            {field: _label(texts) for field, texts in row["fields"].items()},
            Shape(frozenset(row["actions"]), frozenset(row["fields"]), row["rows"]),
        )
        for name, row in found["resources"].items()
    }


@cache
def shapes() -> Mapping[str, Shape]:
    """Return what agreements may say, by resource."""
    return {name: resource.shape for name, resource in resources().items()}


@cache
def demo_clients() -> tuple[DemoClient, ...]:
    """Return the clients of the demo."""
    return tuple(
        DemoClient(
            row["client_id"],
            row["organisation"]["code"],
            row["organisation"]["name"],
            row["organisation"]["kind"],
            tuple(row["scopes"]),
            tuple(_terms(agreement) for agreement in row["agreements"]),
        )
        for row in _read("demo_clients")
    )


@cache
def demo_accounts() -> tuple[DemoAccount, ...]:
    """Return the people of the demo."""
    return tuple(DemoAccount(**row | {"scopes": tuple(row["scopes"])}) for row in _read("demo_accounts"))


def _terms(row: Mapping[str, Any]) -> Terms:
    named = row["resources"]
    return Terms(
        authorisation_number=row["authorisation"],
        purposes=frozenset(row["purposes"]),
        entries=_everything() if named == EVERYTHING else tuple(_entry(name, text) for name, text in named.items()),
        valid=Period(row["from"], row.get("to")),
    )


def _entry(resource: str, said: Any) -> Entry:
    """Read `[read, write]`, or `{actions: [...], fields: [...] or {without: [...]}, rows: own}`."""
    row = said if isinstance(said, dict) else {"actions": said}
    fields = row.get("fields")
    if isinstance(fields, dict):
        fields = resources()[resource].fields.keys() - set(fields["without"])
    return Entry(
        resource,
        frozenset(row["actions"]),
        None if fields is None else frozenset(fields),
        Rows(row.get("rows", "all")),
    )


def _everything() -> tuple[Entry, ...]:
    """Return every right of a partner, with nothing held back."""
    actions: dict[str, set[str]] = {}
    for scope in scopes():
        resource, _, action = scope.name.partition(":")
        if scope.partner:
            actions.setdefault(resource, set()).add(action)
    return tuple(Entry(resource, frozenset(found)) for resource, found in actions.items())


def _label(texts: list[str]) -> Label:
    return dict(zip(LANGUAGES, texts, strict=True))


def _read(name: str) -> Any:
    return yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
