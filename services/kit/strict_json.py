"""JSON as RFC 8259 meant it: no repeated names, no NaN, no lone surrogates, no numbers past what can be held."""

import json
from decimal import Decimal
from typing import Any

DEEPEST = 32


class MalformedJsonError(ValueError):
    """A body that is not JSON, or that says two things at once.

    Attributes:
        pointer: JSON Pointer to the place, when it is known.
        code: Stable code.
    """

    def __init__(self, code: str, pointer: str = "") -> None:
        super().__init__(code)
        self.code, self.pointer = code, pointer


def loads(body: bytes) -> Any:
    """Read a JSON body; numbers with a fraction become Decimal.

    Raises:
        MalformedJsonError: With `json_invalid`, `repeated_name`, `number_not_finite`, `forbidden_character` or
            `too_deep`, and a pointer where one can be given.
    """
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_pairs, parse_float=_decimal, parse_constant=_constant
        )
    except MalformedJsonError:
        raise
    except (ValueError, RecursionError):
        raise MalformedJsonError("json_invalid") from None
    _inspect(value, "", 0)
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJsonError("repeated_name")
    return members


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > 30:  # noqa: PLR2004  # no amount, score or share is near it
        raise MalformedJsonError("number_out_of_range")
    return number


def _constant(_name: str) -> Any:
    return Decimal("NaN")


def _inspect(value: Any, pointer: str, depth: int) -> None:
    if depth > DEEPEST:
        raise MalformedJsonError("too_deep", pointer)
    if isinstance(value, str):
        _inspect_text(value, pointer)
    elif isinstance(value, Decimal) and not value.is_finite():
        raise MalformedJsonError("number_not_finite", pointer)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _inspect(item, f"{pointer}/{index}", depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            _inspect_text(name, pointer)
            _inspect(item, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", depth + 1)


def _inspect_text(text: str, pointer: str) -> None:
    if "\x00" in text or (not text.isprintable() and any("\ud800" <= char <= "\udfff" for char in text)):
        raise MalformedJsonError("forbidden_character", pointer)
