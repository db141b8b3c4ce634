"""Optimistic locking over HTTP: `ETag` out, `If-Match` in. Source: RFC 9110 sections 8.8.3 and 13.1.1."""

import re
from typing import Annotated

from fastapi import Depends, Header

from services.kit import problems
from services.kit.problems import FieldError, Problem

_ETAG = re.compile(r'"v([0-9]{1,9})(?:-[0-9a-f]{8})?"')
"""The suffix names what an agreement left out of the representation (kit.sharing); the version is the same."""
_ANY_ETAG = re.compile(r'(W/)?"[\x21\x23-\x7e]*"|\*')


class VersionConflictError(Exception):
    """The stored version is not the one the change was made on; operations raise it, the edge answers 412."""


def etag(version: int) -> str:
    """Return the strong entity tag of a version."""
    return f'"v{version}"'


def required_version(if_match: str | None) -> int:
    """Return the version named by If-Match.

    Raises:
        Problem: 428 without the header, 400 when it is no entity tag, 412 when it is none of ours.
    """
    if if_match is None:
        raise Problem(problems.PRECONDITION_REQUIRED)
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        error = FieldError("If-Match", "etag_format", "Send the ETag exactly as it was given")
        known = _ANY_ETAG.fullmatch(if_match.strip()) is not None
        raise Problem(problems.VERSION_CONFLICT if known else problems.BAD_REQUEST, [error])
    return int(match[1])


async def read_version(
    if_match: Annotated[str | None, Header(description='ETag of the version you read, such as `"v3"`')] = None,
) -> int:
    """Return the version named by If-Match; a coroutine, because FastAPI sends plain functions to a thread."""
    return required_version(if_match)


IfMatch = Annotated[int, Depends(read_version)]
"""The version that the caller read, from the If-Match header."""
