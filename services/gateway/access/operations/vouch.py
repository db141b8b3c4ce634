"""Write a token for one service and one minute: who calls, what for, and what they may do."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.gateway.access.domain.records import Represented
from services.kit.callers import Share
from services.kit.tokens import INTERNAL_ISSUER, SigningKey, sign

LIFETIME_S = 60


def vouch(
    principal: Represented,
    *,
    service: str,
    scopes: frozenset[str],
    purpose: str | None,
    shares: Collection[Share],
    key: SigningKey,
    at: datetime,
    acting_for: UUID | None = None,
) -> str:
    """Return the token.

    Args:
        principal: For whom the gateway speaks.
        service: The audience is `svc:<service>`.
        scopes: What the service is to allow; where the gateway composes, less or other than the principal's own.
        purpose: Why, where personal data are asked for.
        shares: What the organisation's agreements give for that purpose.
        key: The current key for internal tokens.
        at: The instant of issue.
        acting_for: The person on whose behalf the principal calls.
    """
    claims: dict[str, object] = {
        "iss": INTERNAL_ISSUER,
        "aud": f"svc:{service}",
        "sub": principal.subject,
        "client_id": principal.client_id,
        "org": principal.organisation,
        "scope": " ".join(sorted(scopes)),
        "act": {"sub": INTERNAL_ISSUER},
        "agreed": {share.resource: _terms(share) for share in sorted(shares, key=lambda share: share.resource)},
    }
    if purpose is not None:
        claims["purpose"] = purpose
    if acting_for is not None:
        claims["acting_for"] = str(acting_for)
    return sign(key, claims, issued_at=at, lifetime_s=LIFETIME_S)


def _terms(share: Share) -> dict[str, object]:
    terms: dict[str, object] = {}
    if share.fields is not None:
        terms["fields"] = sorted(share.fields)
    if share.own:
        terms["own"] = True
    return terms
