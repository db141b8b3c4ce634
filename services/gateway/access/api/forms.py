"""Form bodies, read strictly and without a parser that has a history."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import Request

LARGEST_FORM = 16_384
MOST_FIELDS = 40
MEDIA_TYPE = "application/x-www-form-urlencoded"


class MalformedFormError(Exception):
    """Not a form, too large, not UTF-8, or a parameter given twice."""


async def read_form(request: Request) -> Mapping[str, str]:
    """Return the parameters of a form, each given once.

    Raises:
        MalformedFormError: The body is anything else.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise MalformedFormError
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            raise MalformedFormError
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise MalformedFormError from None
    form = dict(pairs)
    if len(form) != len(pairs) or any("\0" in value for value in form.values()):
        raise MalformedFormError
    return form
