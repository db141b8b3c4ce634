"""A name for each request, so that an answer, its log lines and its audit rows can be found together."""

import re
from uuid import uuid4

from starlette.types import Scope

HEADER = b"x-request-id"
_ACCEPTED = re.compile(rb"[A-Za-z0-9._-]{8,64}")


def request_id(scope: Scope) -> str:
    """Return the caller's request id when it is harmless, else a new one."""
    for name, value in scope["headers"]:
        if name == HEADER and _ACCEPTED.fullmatch(value):
            return str(value, "ascii")
    return uuid4().hex
