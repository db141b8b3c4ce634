"""What the API has answered."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_GOOD, _REFUSED = 200, 400


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the API.

    Attributes:
        headers: Names in lower case, in the order they came.
        took_ms: From question to answer, as seen from inside.
    """

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    took_ms: float = 0.0

    @property
    def good(self) -> bool:
        """Whether it is what was asked for."""
        return _GOOD <= self.status < _REFUSED

    def document(self) -> Mapping[str, Any]:
        """Return its JSON object; an empty one where it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the API has not answered a page's question, in the language of the page.

    Attributes:
        code: Stable, such as `insufficient-scope`.
    """

    code: str
    title: str
    detail: str


def refusal_of(answer: Answer) -> Refusal | None:
    """Return why a question was refused; None where it was not."""
    if answer.good:
        return None
    said = answer.document()
    return Refusal(str(said.get("code", answer.status)), str(said.get("title", "")), str(said.get("detail", "")))
