"""The operations that a visitor may try, read from the merged OpenAPI document."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.gateway.steering.domain.examples import Schema, example, resolved

_METHODS = ("get", "post", "put", "patch", "delete")
_SCHEME = "oauth2"
_LATER = frozenset({"cursor", "wait"})
"""Parameters that a first try does without; `wait` would only make it slow."""

_FILLED_IN = frozenset({"purpose", "idempotency-key", "acting-for"})
"""Headers that the page has a field of its own for, or writes itself; a visitor tries for her organisation."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation.

    Attributes:
        place: `path`, `query` or `header`.
        choices: The values that it may have; empty where any.
    """

    name: str
    place: str
    required: bool
    about: str
    example: str
    choices: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        """Name of its field in the form."""
        return f"{self.place}.{self.name}"


@dataclass(frozen=True, slots=True)
class Offer:
    """An operation.

    Attributes:
        scopes: Alternatives; every scope of one of them is needed.
        personal: Whether it touches personal data, so that a purpose must be named.
        body: Whether it takes a JSON body.
        media_type: Of that body.
        example: The body to begin with.
    """

    id: str
    method: str
    path: str
    group: str
    summary: str
    about: str
    scopes: tuple[frozenset[str], ...]
    personal: bool
    parameters: tuple[Parameter, ...]
    body: bool = False
    media_type: str = "application/json"
    example: Any = None

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        reads = self.method == "GET" or self.path.endswith(("/search", "/verify"))
        return not reads

    def purposes(self, held: Collection[str], agreed: Mapping[str, frozenset[str]]) -> frozenset[str] | None:
        """Return the purposes that a visitor may name for it; None where she may not call it at all.

        Args:
            held: Her scopes.
            agreed: For which purposes the organisation's agreements give each scope.
        """
        found: set[str] = set()
        callable_ = False
        for alternative in self.scopes:
            if not alternative <= set(held):
                continue
            callable_ = True
            given = [agreed.get(scope, frozenset[str]()) for scope in alternative]
            found |= frozenset.intersection(*given) if given else frozenset()
        if not callable_ or (self.personal and not found):
            return None
        return frozenset(found) if self.personal else frozenset()


def offers(document: Mapping[str, Any]) -> tuple[Offer, ...]:
    """Return every operation that takes a token and no file, by path."""
    schemas = document.get("components", {}).get("schemas", {})
    found = []
    for path, item in sorted(document["paths"].items()):
        for method in _METHODS:
            entry = item.get(method)
            if entry is not None and _is_offered(entry):
                found.append(_offer(path, method, {**entry, "shared": item.get("parameters", [])}, schemas))
    return tuple(found)


def open_to(
    known: Iterable[Offer], held: Collection[str], agreed: Mapping[str, frozenset[str]]
) -> Sequence[tuple[str, Sequence[Offer]]]:
    """Return the operations that a visitor may try, by group."""
    groups: dict[str, list[Offer]] = {}
    for offer in known:
        if offer.purposes(held, agreed) is not None:
            groups.setdefault(offer.group, []).append(offer)
    return list(groups.items())


def _is_offered(entry: Mapping[str, Any]) -> bool:
    security = entry.get("security") or ()
    media_types = entry.get("requestBody", {}).get("content", {"application/json": {}})
    guarded = bool(security) and all(_SCHEME in requirement for requirement in security)
    return guarded and not entry.get("x-internal") and all(name.endswith("json") for name in media_types)


def _offer(path: str, method: str, entry: Mapping[str, Any], schemas: Mapping[str, Schema]) -> Offer:
    content = entry.get("requestBody", {}).get("content", {})
    media_type = next(iter(content), "application/json")
    about = str(entry.get("description", ""))
    return Offer(
        id=entry["operationId"],
        method=method.upper(),
        path=path,
        group=next(iter(entry.get("tags", ())), "other"),
        summary=about.partition("\n")[0] or entry.get("summary", entry["operationId"]),
        about=about.partition("\n")[2].strip(),
        scopes=tuple(frozenset(requirement[_SCHEME]) for requirement in entry["security"]),
        personal=bool(entry.get("x-personal-data")),
        parameters=tuple(_parameters([*entry["shared"], *entry.get("parameters", ())], schemas)),
        body=bool(content),
        media_type=media_type,
        example=example(content[media_type].get("schema", {}), schemas) if content else None,
    )


def _parameters(entries: Iterable[Mapping[str, Any]], schemas: Mapping[str, Schema]) -> Iterable[Parameter]:
    for entry in entries:
        name, place = entry["name"], entry["in"]
        if name.lower() in _FILLED_IN or name in _LATER or place == "cookie":
            continue
        schema = resolved(entry.get("schema", {}), schemas)
        required = bool(entry.get("required"))
        value = example(schema, schemas) if required else None
        yield Parameter(
            name=name,
            place=place,
            required=required,
            about=str(entry.get("description") or schema.get("description") or ""),
            example="" if value is None else str(value),
            choices=tuple(str(each) for each in schema.get("enum", ())),
        )
