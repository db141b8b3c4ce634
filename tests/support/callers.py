"""Tokens as the gateway would give them to a service, under keys of the test run's own."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI

from services.kit.tokens import INTERNAL_ISSUER, SigningKey, StaticKeys, TokenVerifier, key_set, sign

KEY = SigningKey.generate()
OTHER_KEY = SigningKey.generate()


def internal_token(
    *scopes: str,
    service: str,
    purpose: str | None = "REGISTRATION",
    organisation: str = "prefecture-rabat",
    client_id: str = "test-client",
    key: SigningKey = KEY,
    age: timedelta = timedelta(0),
    **claims: Any,
) -> str:
    """Return an internal token for one service, good for an hour, or for the true 60 s from `age` ago.

    Args:
        scopes: What it allows.
        service: `registry`, `health` or `training`.
        purpose: Why personal data are asked for.
        organisation: The partner.
        client_id: The OAuth client.
        key: Who signs it.
        age: How long ago it was issued.
        claims: Further claims, or replacements.
    """
    body = {
        "iss": INTERNAL_ISSUER,
        "aud": f"svc:{service}",
        "sub": client_id,
        "client_id": client_id,
        "org": organisation,
        "scope": " ".join(scopes),
        "purpose": purpose,
        "act": {"sub": "gateway"},
        "agreed": {scope.partition(":")[0]: {} for scope in scopes},
        **claims,
    }
    lifetime_s = 60 if age else 3600  # tests make some tokens at import, and a whole run takes minutes
    return sign(key, body, issued_at=datetime.now(UTC) - age, lifetime_s=lifetime_s)


def bearer(*scopes: str, service: str, **options: Any) -> dict[str, str]:
    """Return the Authorization header for `internal_token`."""
    return {"authorization": f"Bearer {internal_token(*scopes, service=service, **options)}"}


def trust_test_keys(app: FastAPI, service: str) -> None:
    """Let an application accept the tokens made here."""
    keys = StaticKeys(key_set({"keys": [KEY.public_jwk()]}))
    app.state.verifier = TokenVerifier(keys, issuer=INTERNAL_ISSUER, audience=f"svc:{service}")
