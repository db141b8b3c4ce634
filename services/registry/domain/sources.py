"""Source records: an intake as it came, and the fingerprint it is known again by."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """Who sent what.

    Attributes:
        operation: The operation that took it in, such as `register_person`.
        organisation: The partner it came from.
        received_by: The client or person that sent it.
        content: What was sent, as JSON values.
    """

    operation: str
    organisation: str
    received_by: str
    content: Mapping[str, Any]

    @property
    def fingerprint(self) -> bytes:
        """The same for the same content, whatever the order of its members."""
        text = json.dumps(self.content, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def row_fingerprint(content: Mapping[str, str]) -> bytes:
    """Return the fingerprint of a file's row: the same for the same texts, whatever the columns' order or the format.

    Args:
        content: Column to text, without the columns that are empty.
    """
    text = "\x1e".join(f"{column}\x1f{value}" for column, value in sorted(content.items()))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
