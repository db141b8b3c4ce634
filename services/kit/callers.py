"""Who is calling, for whom and why; and the guard that every route declares.

The gateway swaps a partner's token for its own, meant for one service and one minute. A service believes nothing
else: no network position, no header.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import OAuth2, SecurityScopes

from services.kit import clock, problems
from services.kit.problems import Problem
from services.kit.tokens import Claims, TokenRefusedError, TokenVerifier
from services.kit.withholding import Viewer

Purpose = Literal[
    "REGISTRATION",
    "PERMIT_FOLLOWUP",
    "HEALTH_COVERAGE",
    "TRAINING",
    "SCHOOL",
    "TAMKINE_CARE",
    "STATISTICS",
    "AUDIT",
    "SUBJECT_REQUEST",
]
PURPOSES: frozenset[str] = frozenset(get_args(Purpose))

oauth2 = OAuth2(
    scheme_name="oauth2",
    flows={"clientCredentials": {"tokenUrl": "/oauth2/token", "scopes": {}}},
    auto_error=False,
)


@dataclass(frozen=True, slots=True)
class Share:
    """What a partner's agreement gives of one resource.

    Attributes:
        resource: Such as `persons`: what stands before the colon of a scope.
        fields: The members that may be shown and written; None for all.
        own: Whether only rows that the caller's own organisation has made.
    """

    resource: str
    fields: frozenset[str] | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal behind a request.

    Attributes:
        subject: Stable reference of the person or machine that acts.
        client_id: The OAuth client.
        organisation: The partner the client belongs to.
        scopes: What the token allows.
        purpose: Why personal data are asked for; None where none is.
        actor: Who speaks for the subject, when it is not the subject itself: the gateway.
        shares: What the organisation's agreements give for the purpose; a resource that is not among them is closed.
        acting_for: The person on whose behalf a program calls; None where it calls for its organisation.
    """

    subject: str
    client_id: str
    organisation: str
    scopes: frozenset[str]
    purpose: str | None = None
    actor: str | None = None
    shares: frozenset[Share] = frozenset()
    acting_for: UUID | None = None

    @property
    def viewer(self) -> Viewer:
        """Who looks, for the wall around protected persons."""
        acting_for = None if self.acting_for is None else str(self.acting_for)
        return Viewer(self.organisation, self.subject, self.purpose, acting_for)

    def may(self, scope: str) -> bool:
        """Say whether the token carries the scope."""
        return scope in self.scopes

    def share_of(self, resource: str) -> Share | None:
        """Return what the agreements give of a resource; None where they give nothing."""
        return next((share for share in self.shares if share.resource == resource), None)

    def rows_of(self, resource: str) -> str | None:
        """Return whose rows of a resource alone are open to the caller: her organisation's; None for all rows."""
        share = self.share_of(resource)
        return self.organisation if share is not None and share.own else None

    def persons_of(self) -> str | None:
        """Return whose persons alone the caller may ask about: what holds for persons, else for anything she has."""
        share = self.share_of("persons")
        own = share.own if share is not None else any(other.own for other in self.shares)
        return self.organisation if own else None


def caller_from(claims: Claims) -> Caller:
    """Read the caller out of verified claims."""
    actor = claims.get("act")
    return Caller(
        subject=str(claims["sub"]),
        client_id=str(claims["client_id"]),
        organisation=str(claims.get("org", "")),
        scopes=frozenset(str(claims.get("scope", "")).split()),
        purpose=claims.get("purpose") if claims.get("purpose") in PURPOSES else None,
        actor=str(actor.get("sub")) if isinstance(actor, dict) else None,
        shares=_shares(claims.get("agreed")),
        acting_for=UUID(str(claims["acting_for"])) if "acting_for" in claims else None,
    )


def _shares(agreed: object) -> frozenset[Share]:
    """Read the claim `agreed`: resource -> {"fields": [...], "own": true}, both left out where nothing is held back."""
    if not isinstance(agreed, dict):
        return frozenset()
    return frozenset(
        Share(resource, frozenset(terms["fields"]) if "fields" in terms else None, bool(terms.get("own", False)))
        for resource, terms in agreed.items()
    )


def bearer(authorization: str | None) -> str:
    """Return the token of an Authorization header.

    Raises:
        Problem: 401 when there is none.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise refused()
    return token.strip()


def refused(error: str | None = None) -> Problem:
    """Return the 401 problem, with the challenge RFC 6750 asks for."""
    challenge = 'Bearer realm="indimaj"' + (f', error="{error}"' if error else "")
    return Problem(problems.UNAUTHENTICATED, headers={"www-authenticate": challenge})


async def plain_caller(
    request: Request,
    security_scopes: SecurityScopes,
    authorization: Annotated[str | None, Depends(oauth2)],
    at: clock.Now,
) -> Caller:
    """Return the caller, having checked token and scope."""
    verifier: TokenVerifier = request.app.state.verifier
    try:
        claims = await verifier.verify(bearer(authorization), at=at)
    except TokenRefusedError:
        raise refused("invalid_token") from None
    except ConnectionError:
        raise Problem(problems.UNAVAILABLE, headers={"retry-after": "1"}) from None
    caller = caller_from(claims)
    request.state.caller = caller
    if not caller.scopes.issuperset(security_scopes.scopes):
        challenge = f'Bearer realm="indimaj", error="insufficient_scope", scope="{security_scopes.scope_str}"'
        raise Problem(problems.INSUFFICIENT_SCOPE, headers={"www-authenticate": challenge})
    return caller


async def personal_caller(
    request: Request, caller: Annotated[Caller, Depends(plain_caller)], security_scopes: SecurityScopes
) -> Caller:
    """Return the caller of a route that touches personal data: the token must also say why, and what is agreed.

    The route then refuses what asks for, asks by or writes a field that is not agreed, before anything is done.
    """
    if caller.purpose is None:
        raise Problem(problems.PURPOSE_REQUIRED)
    fields: frozenset[str] | None = None
    for scope in security_scopes.scopes:
        share = caller.share_of(resource_of(scope))
        if share is None:
            raise Problem(problems.RESOURCE_NOT_AGREED)
        if share.fields is not None:
            fields = share.fields if fields is None else fields & share.fields
    request.state.restrict(fields)
    return caller


def resource_of(scope: str) -> str:
    """Return the resource that a scope is about: `persons` of `persons:read`."""
    return scope.partition(":")[0]


def requires(*scopes: str, personal: bool = True) -> Any:
    """Return the guard that a route puts on its caller, as `Annotated[Caller, ...]`.

    The caller comes before the session in a route's parameters: nobody opens a transaction unknown.

    Args:
        scopes: What the token must carry; published in the route's OpenAPI operation, where the gateway reads it.
        personal: Whether the route touches personal data: then a purpose is needed and one audit row is written.
    """
    return Security(personal_caller if personal else plain_caller, scopes=list(scopes))
