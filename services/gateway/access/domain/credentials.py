"""Client identifiers and secrets.

Machine secrets are 256 random bits: their plain SHA-256 cannot be searched, so no slow hash is needed and a token
request costs no more than a digest. Source: platform.md 1.2.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable

from services.gateway.access.domain.errors import MalformedClientIdError, WeakSecretError

SHORTEST_SECRET = 32
LONGEST_SECRET = 512
_CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
_NOBODY = bytes(32)


def check_client_id(client_id: str) -> str:
    """Return the id if it may name a client.

    Raises:
        MalformedClientIdError: It may not.
    """
    if not _CLIENT_ID.fullmatch(client_id):
        raise MalformedClientIdError
    return client_id


def digest(secret: str) -> bytes:
    """Return the SHA-256 of a secret, 32 bytes.

    Raises:
        WeakSecretError: It is too short, or longer than any that was ever issued.
    """
    if not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET:
        raise WeakSecretError
    return _sha256(secret)


def matches(secret: str, digests: Iterable[bytes]) -> bool:
    """Say whether a secret is one of those in force, in a time that tells nothing.

    Every digest is compared, and one is compared even where there is none.
    """
    offered = _sha256(secret[:LONGEST_SECRET])
    found = hmac.compare_digest(offered, _NOBODY)
    for known in digests:
        found |= hmac.compare_digest(offered, known)
    return found


def _sha256(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
