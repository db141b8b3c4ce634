"""What agreements hold back of an answer, and what of a question: pure functions over parsed JSON.

Each top-level member of a document, each parameter and each member of a body stands for one field of the route's
resource, or is needed to work with the rest. Whatever is neither is held back: a route that forgets to declare a
member hides it. Source: issue 3, "Partners and agreements"; docs/decisions/0008.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

ENVELOPE = frozenset({"id", "person_id", "version", "programme_number", "items", "next", "meta", "limit", "cursor"})
"""Members and parameters that every route needs to work: whom and which version it is about, and pages."""

REASON = "not_in_agreement"
Fields = frozenset[str]


class NotRedactableError(Exception):
    """An answer is not shaped as its route declares: it cannot be shown in part, so it is not shown."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a route's members stand for fields; published in its OpenAPI operation as `x-field` and `x-sharing`.

    Attributes:
        about: The field that the route as a whole is about, as a list of identifiers is; None where it is about many.
        whole: Whether members are no fields: of a route about one field, or of an answer about the caller's own doing.
        kept: Further members and parameters that the route needs to work.
        named: Member to field, where the names differ.
        records: Members that hold a record of the resource, or a list of them; `items` always does.
        entries: Member that lists what happened to fields, each entry naming its own under `field`.
    """

    about: str | None = None
    whole: bool = False
    kept: frozenset[str] = frozenset()
    named: Mapping[str, str] = field(default_factory=dict)
    records: frozenset[str] = frozenset()
    entries: str | None = None

    @classmethod
    def declared(cls, extra: Mapping[str, Any]) -> Self:
        """Read what a route declares in its `openapi_extra`."""
        said = {"whole": "x-field" in extra and "x-sharing" not in extra, **extra.get("x-sharing", {})}
        for name in ("kept", "records"):
            said[name] = frozenset(said.get(name, ()))
        return cls(about=extra.get("x-field"), **said)

    def agrees(self, name: str, fields: Fields) -> bool:
        """Say whether a member may be shown, asked by or written."""
        needed = name in ENVELOPE or name in self.kept or name in self.records or name == self.entries
        return needed or self.field_of(name) in fields

    def field_of(self, name: str) -> str:
        """Return the field that a member stands for."""
        return self.named.get(name, name)

    def refused(self, members: Iterable[str], parameters: Iterable[str], fields: Fields) -> list[str]:
        """Return pointers to what a question may not name: what it asks by can be guessed from the answer."""
        if self.about is not None and self.about not in fields:
            return [f"/{self.about}"]
        if self.whole:
            return []
        body = [f"/{name.replace('~', '~0').replace('/', '~1')}" for name in members if not self.agrees(name, fields)]
        return body + [f"?{name}" for name in parameters if not self.agrees(name, fields)]


def redact(document: Any, sharing: Sharing, fields: Fields | None) -> Any:
    """Return a document without the members that are not agreed, and with their names in `meta.redactions`.

    Args:
        document: A JSON object: one record, or a page of them. What is not restricted may be anything.
        sharing: What its route declares.
        fields: What is agreed; None where nothing is held back.

    Raises:
        NotRedactableError: It is no such document.
    """
    if fields is None or sharing.whole:
        return document
    left_out: set[str] = set()
    shown = _record(document, sharing, fields, left_out)
    redactions = [{"field": name, "reason": REASON} for name in sorted(left_out)]
    return {**shown, "meta": {**shown.get("meta", {}), "redactions": redactions}} if redactions else shown


def tag(fields: Fields) -> str:
    """Return what tells the entity tag of a redacted document from that of the whole: eight hexadecimal characters."""
    return hashlib.sha256("\n".join(sorted(fields)).encode()).hexdigest()[:8]


def _record(found: Any, sharing: Sharing, fields: Fields, left_out: set[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in _object(found).items():
        if name == "items" or name in sharing.records:
            shown[name] = _records(value, sharing, fields, left_out)
        elif name == sharing.entries:
            shown[name] = [entry for entry in _list(value) if sharing.field_of(_text(entry, "field")) in fields]
            left_out.add(name)
        elif name == "meta":
            shown[name] = _notes(value, sharing, fields)
        elif sharing.agrees(name, fields):
            shown[name] = value
        else:
            left_out.add(sharing.field_of(name))
    return shown


def _records(value: Any, sharing: Sharing, fields: Fields, left_out: set[str]) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        return [_record(item, sharing, fields, left_out) for item in value]
    return _record(value, sharing, fields, left_out)


def _notes(meta: Any, sharing: Sharing, fields: Fields) -> dict[str, Any]:
    """Keep of `meta` the notes that point at agreed members."""
    notes = {name: _list(value) for name, value in _object(meta or {}).items()}
    return {name: [note for note in found if sharing.agrees(_head(note), fields)] for name, found in notes.items()}


def _head(note: Any) -> str:
    """Return the top-level member that a note's JSON Pointer goes through."""
    return _text(note, "pointer").removeprefix("/").partition("/")[0]


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotRedactableError
    return value


def _text(value: Any, name: str) -> str:
    text = _object(value).get(name)
    if not isinstance(text, str):
        raise NotRedactableError
    return text


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise NotRedactableError
    return value
