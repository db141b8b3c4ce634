"""JSON as RFC 8259 meant it: no repeated names, no NaN, no lone surrogates, no numbers past what can be held."""

import json
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
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
        MalformedJsonError: With `json_invalid`, `repeated_name`, `number_not_finite`, `number_out_of_range`,
            `forbidden_character` or `too_deep`, and a pointer where one can be given.
    """
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_pairs, parse_float=_decimal, parse_constant=_constant
        )
    except MalformedJsonError:
        raise
    except (ValueError, RecursionError):
        raise MalformedJsonError("json_invalid") from None
    _inspect(value, 0)
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJsonError("repeated_name")
    return members


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits
        raise MalformedJsonError("number_out_of_range") from None
    if abs(number.adjusted()) > 30:  # noqa: PLR2004  # no amount, score or share is near it
        raise MalformedJsonError("number_out_of_range")
    return number


def _constant(_name: str) -> Any:
    return Decimal("NaN")


def _inspect(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise MalformedJsonError("too_deep")
    if isinstance(value, str):
        _inspect_text(value)
    elif isinstance(value, Decimal) and not value.is_finite():
        raise MalformedJsonError("number_not_finite")
    elif isinstance(value, list):
        _inspect_members(enumerate(value), depth)
    elif isinstance(value, dict):
        for name in value:
            _inspect_text(name)
        _inspect_members(value.items(), depth)


def _inspect_members(members: Iterable[tuple[object, Any]], depth: int) -> None:
    """Look into each member. The pointer is put together only on the way out: long names cannot make it costly."""
    name: object = ""
    try:
        for name, item in members:  # noqa: B007  # read below
            _inspect(item, depth + 1)
    except MalformedJsonError as error:
        place = str(name).replace("~", "~0").replace("/", "~1")
        raise MalformedJsonError(error.code, f"/{place}{error.pointer}") from None


def _inspect_text(text: str) -> None:
    if "\x00" in text or (not text.isprintable() and any("\ud800" <= char <= "\udfff" for char in text)):
        raise MalformedJsonError("forbidden_character")
