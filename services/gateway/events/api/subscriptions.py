"""Subscriptions over HTTP. They belong to the organisation; another's is not there."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from services.gateway.events.api import views
from services.gateway.events.api.dependencies import Given, Recorded, Subscriber
from services.gateway.events.api.problems import TYPES
from services.gateway.events.clients.receivers import shown
from services.gateway.events.contract.subscriptions import (
    Delivery,
    EmptyRequest,
    RotationRequest,
    Subscription,
    SubscriptionPage,
    SubscriptionPatch,
    SubscriptionRequest,
    SubscriptionWithSecret,
)
from services.gateway.events.domain.errors import SubscriptionNotFoundError
from services.gateway.events.domain.records import SubscriptionDraft
from services.gateway.events.operations.amend_subscription import amend_subscription as amend
from services.gateway.events.operations.create_subscription import create_subscription as create
from services.gateway.events.operations.remove_subscription import remove_subscription as remove
from services.gateway.events.operations.rotate_secret import rotate_secret as rotate
from services.gateway.events.operations.send_test import send_test as send
from services.gateway.events.store import subscriptions
from services.kit import clock, merge_patch, problems
from services.kit.database import ReadSession, WriteSession
from services.kit.etags import IfMatch, etag
from services.kit.pages import Page, next_cursor
from services.kit.routes import Router, documented

router = Router(tags=["events"])
SubscriptionId = Annotated[UUID, Path(description="The subscription")]


@router.post(
    "/v1/subscriptions",
    status_code=201,
    operation_id="create_subscription",
    openapi_extra={"x-acting-for": True},
    responses=documented(
        TYPES["webhook-url-refused"],
        TYPES["event-type-unknown"],
        TYPES["too-many-subscriptions"],
        problems.RESOURCE_NOT_AGREED,
    ),
)
async def create_subscription(
    *,
    body: SubscriptionRequest,
    caller: Subscriber,
    session: WriteSession,
    _recorded: Recorded,
    tools: Given,
    now: clock.Now,
    response: Response,
) -> SubscriptionWithSecret:
    """Have events sent to an address of yours; the answer holds the secret that they are signed with, this once."""
    target = await tools.receivers.check(body.url)
    draft = SubscriptionDraft(target.url, tuple(body.types), body.purpose, body.description)
    made, secret = await create(
        session,
        draft,
        organisation=caller.organisation,
        client_id=caller.client_id,
        catalogue=tools.catalogue,
        given_to=tools.given_to,
        box=tools.box,
        most=tools.patience.most_subscriptions,
        at=now,
        acting_for=caller.acting_for,
    )
    response.headers.update({"location": f"/v1/subscriptions/{made.id}", "etag": etag(made.version)})
    response.headers["cache-control"] = "no-store"
    return await views.with_secret(session, made, shown(secret), tools, at=now)


@router.get("/v1/subscriptions", operation_id="list_subscriptions")
async def list_subscriptions(
    *,
    caller: Subscriber,
    session: ReadSession,
    tools: Given,
    page: Page,
    now: clock.Now,
    request: Request,
    response: Response,
) -> SubscriptionPage:
    """List your organisation's subscriptions in the order they were made."""
    after = UUID(page.after[0]) if page.after else None
    found = await subscriptions.page(session, caller.organisation, after=after, limit=page.limit + 1)
    kept = found[: page.limit]
    cursor = next_cursor(request, response, [kept[-1].id] if len(found) > page.limit else None)
    items = [await views.subscription(session, each, tools, at=now) for each in kept]
    return SubscriptionPage(items=items, next=cursor)


@router.get("/v1/subscriptions/{subscription_id}", operation_id="read_subscription")
async def read_subscription(
    *,
    subscription_id: SubscriptionId,
    caller: Subscriber,
    session: ReadSession,
    tools: Given,
    now: clock.Now,
    response: Response,
) -> Subscription:
    """Read a subscription, and why nothing is sent where it is paused."""
    found = await subscriptions.find(session, subscription_id, caller.organisation)
    if found is None:
        raise SubscriptionNotFoundError
    response.headers["etag"] = etag(found.version)
    return await views.subscription(session, found, tools, at=now)


@router.patch(
    "/v1/subscriptions/{subscription_id}",
    operation_id="amend_subscription",
    responses=documented(TYPES["webhook-url-refused"], TYPES["event-type-unknown"]),
)
async def amend_subscription(
    *,
    subscription_id: SubscriptionId,
    patch: SubscriptionPatch,
    caller: Subscriber,
    version: IfMatch,
    session: WriteSession,
    _recorded: Recorded,
    tools: Given,
    now: clock.Now,
    response: Response,
) -> Subscription:
    """Amend a subscription (JSON Merge Patch); one that was stopped begins again, with what happens from then on."""
    found = await subscriptions.find(session, subscription_id, caller.organisation)
    if found is None:
        raise SubscriptionNotFoundError
    stored = {"url": found.url, "types": found.types, "description": found.description, "active": found.active}
    merged = merge_patch.apply(stored, patch.model_dump(mode="json", exclude_unset=True))
    url = found.url if "url" not in patch.model_fields_set else (await tools.receivers.check(merged["url"])).url
    draft = SubscriptionDraft(
        url, tuple(merged["types"]), found.purpose, merged.get("description"), active=merged["active"]
    )
    made = await amend(
        session,
        subscription_id,
        draft,
        organisation=caller.organisation,
        version=version,
        catalogue=tools.catalogue,
        at=now,
    )
    response.headers["etag"] = etag(made.version)
    return await views.subscription(session, made, tools, at=now)


@router.delete("/v1/subscriptions/{subscription_id}", status_code=204, operation_id="remove_subscription")
async def remove_subscription(
    *,
    subscription_id: SubscriptionId,
    caller: Subscriber,
    version: IfMatch,
    session: WriteSession,
    _recorded: Recorded,
) -> None:
    """Remove a subscription with its deliveries; what is being sent at this moment still arrives."""
    await remove(session, subscription_id, organisation=caller.organisation, version=version)


@router.post("/v1/subscriptions/{subscription_id}/rotate-secret", operation_id="rotate_subscription_secret")
async def rotate_subscription_secret(
    *,
    subscription_id: SubscriptionId,
    body: RotationRequest,
    caller: Subscriber,
    session: WriteSession,
    _recorded: Recorded,
    tools: Given,
    now: clock.Now,
    response: Response,
) -> SubscriptionWithSecret:
    """Exchange the secret; during the overlap every delivery carries a signature by each of the two."""
    overlap = timedelta(hours=body.overlap_hours)
    made, secret = await rotate(
        session, subscription_id, organisation=caller.organisation, overlap=overlap, box=tools.box, at=now
    )
    response.headers.update({"etag": etag(made.version), "cache-control": "no-store"})
    return await views.with_secret(session, made, shown(secret), tools, at=now)


@router.post(
    "/v1/subscriptions/{subscription_id}/test",
    status_code=202,
    operation_id="test_subscription",
    responses=documented(TYPES["subscription-stopped"]),
)
async def ping_subscription(
    *,
    subscription_id: SubscriptionId,
    caller: Subscriber,
    session: WriteSession,
    _recorded: Recorded,
    now: clock.Now,
    response: Response,
    _body: EmptyRequest | None = None,
) -> Delivery:
    """Have an `indimaj.ping` sent, signed like everything else; it says nothing but that it came."""
    made = await send(session, subscription_id, organisation=caller.organisation, at=now)
    response.headers["location"] = f"/v1/subscriptions/{subscription_id}/deliveries/{made.id}"
    return views.delivery(made)
