"""Tokens, taken apart and forged."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def part(value: Mapping[str, Any] | bytes) -> str:
    """Return one part of a compact token."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _opened(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def header_of(token: str) -> dict[str, Any]:
    return _opened(token.split(".", maxsplit=1)[0])


def claims_of(token: str) -> dict[str, Any]:
    return _opened(token.split(".")[1])


def unsigned(header: Mapping[str, Any], claims: Mapping[str, Any], signature: bytes = b"") -> str:
    return f"{part(header)}.{part(claims)}.{part(signature)}"


def hmac_signed(header: Mapping[str, Any], claims: Mapping[str, Any], key: bytes) -> str:
    message = f"{part(header)}.{part(claims)}"
    return f"{message}.{part(hmac.new(key, message.encode(), hashlib.sha256).digest())}"


def ec_signed(header: Mapping[str, Any], claims: Mapping[str, Any], key: ec.EllipticCurvePrivateKey) -> str:
    message = f"{part(header)}.{part(claims)}"
    r, s = decode_dss_signature(key.sign(message.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{message}.{part(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
