"""Signed statements that a client makes about itself: `private_key_jwt` assertions and DPoP proofs.

Signatures are checked elsewhere; these are the rules on what the statements say.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from services.gateway.access.domain.errors import AssertionRefusedError, ProofRefusedError

LONGEST = timedelta(seconds=60)
"""Between issue and end of an assertion."""

WINDOW = timedelta(seconds=60)
"""How far a proof's `iat` may lie from now, either way: the clocks of devices differ."""

LEEWAY = timedelta(seconds=5)
_LONGEST_ID = 256
_LAST_INSTANT = 1e11
_PORTS = {"https": 443, "http": 80}


def claimed_client(assertion: str) -> str:
    """Return of whom an assertion says that it is, to find the keys that may have signed it; empty where of nobody.

    Nothing is believed by this: the signature decides.
    """
    part = assertion.split(".")[1] if assertion.count(".") == 2 else ""  # noqa: PLR2004  # dots of a compact token
    try:
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return ""
    name = claims.get("sub") if isinstance(claims, dict) else None
    return name if isinstance(name, str) else ""


def check_assertion(claims: Mapping[str, Any], *, client_id: str, issuer: str, at: datetime) -> datetime:
    """Let an assertion through that a client has signed about itself, for us, now; return until when it counts.

    The audience is the issuer and nothing else, so that an assertion made for another server is worth nothing here.
    Source: RFC 7523 section 3; the issuer as the only audience: draft-ietf-oauth-rfc7523bis.

    Raises:
        AssertionRefusedError: It is not that.
    """
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise AssertionRefusedError
    if claims.get("aud") not in (issuer, [issuer]):
        raise AssertionRefusedError
    expires, issued, starts = claims.get("exp"), claims.get("iat", at.timestamp()), claims.get("nbf", 0)
    if not (_is_instant(expires) and _is_instant(issued) and _is_instant(starts)) or not _is_id(claims.get("jti")):
        raise AssertionRefusedError
    now, leeway = at.timestamp(), LEEWAY.total_seconds()
    longest = LONGEST.total_seconds()
    late = now >= expires + leeway or expires - issued > longest or expires > now + longest + leeway
    if late or issued > now + leeway or starts > now + leeway:
        raise AssertionRefusedError
    return at + LONGEST + 2 * LEEWAY


def check_proof(
    claims: Mapping[str, Any], *, method: str, url: str, at: datetime, token: str | None = None
) -> datetime:
    """Let a proof of possession through that was made for this request; return until when its `jti` must be kept.

    Source: RFC 9449 section 4.3.

    Args:
        claims: Of the proof.
        method: Of the request.
        url: Of the request, without its query.
        at: The instant of the request.
        token: The access token that came with it, at a resource.

    Raises:
        ProofRefusedError: It was made for another request, another token, or too long ago.
    """
    issued = claims.get("iat")
    if claims.get("htm") != method or not _same_address(claims.get("htu"), url):
        raise ProofRefusedError
    if not _is_instant(issued) or not _is_id(claims.get("jti")):
        raise ProofRefusedError
    if abs(issued - at.timestamp()) > WINDOW.total_seconds():
        raise ProofRefusedError
    if token is not None:
        made = base64.urlsafe_b64encode(hashlib.sha256(token.encode("ascii")).digest()).rstrip(b"=")
        hashed = claims.get("ath")
        if not isinstance(hashed, str) or not hmac.compare_digest(made, hashed.encode("utf-8", "surrogatepass")):
            raise ProofRefusedError
    return at + 2 * WINDOW


def digest_of_use(owner: str, jti: str) -> bytes:
    """Return under what the one use of a statement is remembered: 32 bytes, whatever the length of the `jti`."""
    return hashlib.sha256(f"{owner}\0{jti}".encode("utf-8", "surrogatepass")).digest()


def _is_instant(value: object) -> TypeGuard[float]:
    """Say whether a claim is an instant; NaN and infinity are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LAST_INSTANT


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_ID


def _same_address(named: object, url: str) -> bool:
    """Compare scheme, host, port and path; query and fragment do not count (RFC 9449 section 4.3)."""
    if not isinstance(named, str):
        return False
    try:
        return _place(named) == _place(url)
    except ValueError:
        return False


def _place(url: str) -> tuple[str, str | None, int | None, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme), parts.path or "/"
