"""A name for each request, so that an answer, its log lines and its audit rows can be found together."""

import re
from uuid import uuid4

from starlette.types import Scope

HEADER = b"x-request-id"
_ACCEPTED = re.compile(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def request_id(scope: Scope) -> str:
    """Return the caller's request id when it is a UUID, else a new one: free text could name a person in our logs."""
    for name, value in scope["headers"]:
        if name == HEADER and _ACCEPTED.fullmatch(value):
            return str(value, "ascii")
    return str(uuid4())
