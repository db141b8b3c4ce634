"""`/v1/limits` and `/v1/partners/{partner_id}/limits`: what is in force, and other numbers for some.

Raising a limit is for administrators to decide alone: it widens no right to data. Every change leaves an audit row.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.forwarding.api.limits import Limits
from services.gateway.forwarding.contract import LimitBody, LimitChange, LimitList
from services.gateway.forwarding.domain.errors import PartnerUnknownError, PolicyUnknownError
from services.gateway.forwarding.domain.limits import LimitClass, Override, Policy
from services.gateway.forwarding.operations.set_limit import set_limit
from services.gateway.forwarding.reference.limits import BY_CLIENT, classes
from services.gateway.forwarding.store.overrides import of_organisation
from services.kit import audit
from services.kit.callers import Caller, requires
from services.kit.clock import Now
from services.kit.database import ReadSession, WriteSession
from services.kit.etags import IfMatch, etag
from services.kit.routes import Router

router = Router(tags=["limits"])

FindPartner = Callable[[AsyncSession, UUID, str | None], Awaitable[str | None]]
"""Return the code of a partner; None where there is none, or a client is named that is not the partner's."""

Source = Literal["default", "organisation", "client"]


async def _limits(request: Request) -> Limits:
    limits: Limits = request.app.state.limits
    return limits


async def _partner(request: Request, session: AsyncSession, partner_id: UUID, client_id: str | None) -> str:
    """Return the partner's code.

    Raises:
        PartnerUnknownError: There is none, or the client is not one of its clients.
    """
    find: FindPartner = request.app.state.find_partner
    code = await find(session, partner_id, client_id)
    if code is None:
        raise PartnerUnknownError
    return code


Counted = Annotated[Limits, Depends(_limits)]
Partner = Annotated[UUID, Path(description="The partner")]
OneClient = Annotated[
    str | None, Query(max_length=64, description="One client of the partner; all of them where left out")
]
Admin = Annotated[Caller, requires("partners:admin", personal=False)]
Name = Annotated[str, Path(max_length=40, description="Name of the limit, such as `read`")]


@router.get("/v1/limits", operation_id="list_own_limits", summary="List the limits of your client")
async def list_own_limits(caller: Annotated[Caller, requires(personal=False)], session: ReadSession) -> LimitList:
    """Return the limits in force for the client that asks."""
    stored = await of_organisation(session, caller.organisation)
    return LimitList(items=[_body(*found, caller.client_id, stored) for found in _policies()])


@router.get("/v1/partners/{partner_id}/limits", operation_id="list_limits", summary="List a partner's limits")
async def list_limits(
    *, request: Request, caller: Admin, session: ReadSession, partner_id: Partner, client_id: OneClient = None
) -> LimitList:
    """Return the limits in force for every client of a partner, or for one."""
    del caller
    stored = await of_organisation(session, await _partner(request, session, partner_id, client_id))
    return LimitList(items=[_body(*found, client_id, stored) for found in _policies()])


@router.get("/v1/partners/{partner_id}/limits/{policy}", operation_id="read_limit", summary="Read one limit")
async def read_limit(
    *,
    request: Request,
    response: Response,
    caller: Admin,
    session: ReadSession,
    partner_id: Partner,
    policy: Name,
    client_id: OneClient = None,
) -> LimitBody:
    """Return one limit, with the ETag that changing it needs."""
    del caller
    organisation = await _partner(request, session, partner_id, client_id)
    body = _body(*_named(policy), client_id, await of_organisation(session, organisation))
    response.headers["etag"] = etag(body.version)
    return body


@router.put("/v1/partners/{partner_id}/limits/{policy}", operation_id="set_limit", summary="Set one limit")
async def put_limit(
    *,
    request: Request,
    response: Response,
    caller: Admin,
    session: WriteSession,
    limits: Counted,
    partner_id: Partner,
    policy: Name,
    change: LimitChange,
    version: IfMatch,
    at: Now,
    client_id: OneClient = None,
) -> LimitBody:
    """Give a partner, or one client of it, other numbers; they act at once here, and everywhere within 10 s."""
    numbers = (change.units, change.window_s, change.burst)
    target = (await _partner(request, session, partner_id, client_id), client_id)
    body = await _change(
        request=request,
        caller=caller,
        target=target,
        session=session,
        limits=limits,
        policy=policy,
        numbers=numbers,
        version=version,
        at=at,
    )
    response.headers["etag"] = etag(body.version)
    return body


@router.delete(
    "/v1/partners/{partner_id}/limits/{policy}",
    operation_id="clear_limit",
    summary="Take a limit's numbers back",
    status_code=204,
)
async def delete_limit(
    *,
    request: Request,
    caller: Admin,
    session: WriteSession,
    limits: Counted,
    partner_id: Partner,
    policy: Name,
    version: IfMatch,
    at: Now,
    client_id: OneClient = None,
) -> None:
    """Let the default, or the partner's own numbers, hold again."""
    target = (await _partner(request, session, partner_id, client_id), client_id)
    await _change(
        request=request,
        caller=caller,
        target=target,
        session=session,
        limits=limits,
        policy=policy,
        numbers=None,
        version=version,
        at=at,
    )


async def _change(
    *,
    request: Request,
    caller: Caller,
    target: tuple[str, str | None],
    session: AsyncSession,
    limits: Limits,
    policy: str,
    numbers: tuple[int, int, int] | None,
    version: int,
    at: Now,
) -> LimitBody:
    organisation, client_id = target
    limited, default = _named(policy)
    changed = await set_limit(
        session,
        organisation=organisation,
        client_id=client_id,
        limited=limited,
        policy=policy,
        numbers=numbers,
        version=version,
        at=at,
    )
    trail = await audit.trail(request)
    trail.caller = caller
    await trail.write(session)
    event.listen(session.sync_session, "after_commit", lambda _: limits.expire(), once=True)
    others = [one for one in await of_organisation(session, organisation) if one.client_id is None]
    return _body(limited, default, client_id, [*others, changed])


def _policies() -> Iterator[tuple[LimitClass, Policy]]:
    """Yield every limit that counts what a client does."""
    for limited in classes():
        if limited.by == BY_CLIENT:
            for policy in limited.policies:
                yield limited, policy


def _named(name: str) -> tuple[LimitClass, Policy]:
    """Return a limit with its class.

    Raises:
        PolicyUnknownError: There is none of this name.
    """
    for limited, policy in _policies():
        if policy.name == name:
            return limited, policy
    raise PolicyUnknownError


def _body(limited: LimitClass, policy: Policy, client_id: str | None, stored: Sequence[Override]) -> LimitBody:
    """Return what is in force for a client, or for all of its organisation."""
    found: dict[Source, Override] = {
        "client" if one.client_id else "organisation": one
        for one in stored
        if one.policy == policy.name and one.client_id in {client_id, None}
    }
    asked: Source = "client" if client_id else "organisation"
    sources: tuple[Source, ...] = ("client", "organisation")
    source: Source = next((name for name in sources if name in found and found[name].units is not None), "default")
    held = found[source].laid_over(policy) if source in found else policy
    return LimitBody(
        policy=policy.name,
        limit_class=limited.name,
        about=limited.about,
        units=held.units,
        window_s=held.window_s,
        burst=held.burst,
        strict=held.strict,
        source=source,
        version=found[asked].version if asked in found else 0,
    )
