"""Words for what agreements are about, from the API's own catalogue."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.kit.problems import Language


class Labels:
    """The words of one language.

    Args:
        entries: The items of `/v1/data-catalogue`.
        language: Which.
    """

    def __init__(self, entries: Iterable[Mapping[str, Any]], language: Language) -> None:
        self._entries = {entry["resource"]: entry for entry in entries}
        self._language = language

    def resource(self, name: str) -> str:
        """Return the word for a resource; its name where there is none."""
        entry = self._entries.get(name)
        return name if entry is None else str(entry["label"][self._language])

    def action(self, resource: str, name: str) -> str:
        """Return the word for an action on a resource."""
        return self._word(resource, "actions", name)

    def field(self, resource: str, name: str) -> str:
        """Return the word for a field of a resource."""
        return self._word(resource, "fields", name)

    def scope(self, name: str) -> str:
        """Return the words for a scope."""
        resource, _, action = name.partition(":")
        return f"{self.resource(resource)} · {self.action(resource, action)}"

    def _word(self, resource: str, kind: str, name: str) -> str:
        texts = self._entries.get(resource, {}).get(kind, {}).get(name)
        return name if texts is None else str(texts[self._language])
