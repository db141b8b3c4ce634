"""Deliveries over HTTP: what became of them, and sending them again."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from services.background import job_routes
from services.background.jobs import Job
from services.gateway.events.api import views
from services.gateway.events.api.dependencies import Given, Recorded, Subscriber
from services.gateway.events.api.problems import TYPES
from services.gateway.events.api.subscriptions import SubscriptionId
from services.gateway.events.contract.subscriptions import (
    Delivery,
    DeliveryPage,
    DeliveryWithAttempts,
    EmptyRequest,
    ReplayRequest,
)
from services.gateway.events.domain.errors import DeliveryNotFoundError, SubscriptionNotFoundError
from services.gateway.events.domain.records import DeliveryState
from services.gateway.events.operations.retry_delivery import retry_delivery as retry
from services.gateway.events.operations.start_replay import Window
from services.gateway.events.operations.start_replay import start_replay as start
from services.gateway.events.store import deliveries, subscriptions
from services.kit import clock
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import Page, next_cursor
from services.kit.routes import Router, documented

MOST_ATTEMPTS_SHOWN = 50
router = Router(tags=["events"])
DeliveryId = Annotated[UUID, Path(description="The delivery")]


@router.get("/v1/subscriptions/{subscription_id}/deliveries", operation_id="list_deliveries")
async def list_deliveries(
    *,
    subscription_id: SubscriptionId,
    caller: Subscriber,
    session: ReadSession,
    page: Page,
    request: Request,
    response: Response,
    status: Annotated[DeliveryState | None, Query(description="Only those; `dead` are the dead letters")] = None,
) -> DeliveryPage:
    """List a subscription's deliveries, the newest first."""
    if await subscriptions.find(session, subscription_id, caller.organisation) is None:
        raise SubscriptionNotFoundError
    before = UUID(page.after[0]) if page.after else None
    found = await deliveries.page(session, subscription_id, state=status, before=before, limit=page.limit + 1)
    kept = found[: page.limit]
    cursor = next_cursor(request, response, [kept[-1].id] if len(found) > page.limit else None)
    return DeliveryPage(items=[views.delivery(each) for each in kept], next=cursor)


@router.get("/v1/subscriptions/{subscription_id}/deliveries/{delivery_id}", operation_id="read_delivery")
async def read_delivery(
    *, subscription_id: SubscriptionId, delivery_id: DeliveryId, caller: Subscriber, session: ReadSession
) -> DeliveryWithAttempts:
    """Read a delivery with its latest attempts: when, how long, which status or error; never what was answered."""
    if await subscriptions.find(session, subscription_id, caller.organisation) is None:
        raise SubscriptionNotFoundError
    found = await deliveries.find(session, subscription_id, delivery_id)
    if found is None:
        raise DeliveryNotFoundError
    made = await deliveries.attempts_of(session, delivery_id, limit=MOST_ATTEMPTS_SHOWN)
    return views.delivery_with(found, list(made))


@router.post(
    "/v1/subscriptions/{subscription_id}/deliveries/{delivery_id}/retry",
    status_code=202,
    operation_id="retry_delivery",
    responses=documented(TYPES["delivery-under-way"], TYPES["subscription-stopped"]),
)
async def retry_delivery(
    *,
    subscription_id: SubscriptionId,
    delivery_id: DeliveryId,
    caller: Subscriber,
    session: WriteSession,
    _recorded: Recorded,
    now: clock.Now,
    _body: EmptyRequest | None = None,
) -> Delivery:
    """Send a delivery that has ended once more, under the same `webhook-id`."""
    made = await retry(session, subscription_id, delivery_id, organisation=caller.organisation, at=now)
    return views.delivery(made)


@router.post(
    "/v1/subscriptions/{subscription_id}/replay",
    status_code=202,
    operation_id="replay_events",
    responses=documented(TYPES["replay-window"], TYPES["subscription-stopped"]),
)
async def replay_events(
    *,
    subscription_id: SubscriptionId,
    body: ReplayRequest,
    caller: Subscriber,
    session: WriteSession,
    _recorded: Recorded,
    tools: Given,
    now: clock.Now,
    response: Response,
) -> job_routes.JobBody:
    """Send the events of a period again, in their order: a job. What your agreement did not give then is not in it."""
    window = Window(after=body.after, since=body.from_time, until=body.until)
    kept = tools.patience.kept
    return _started(await start(session, subscription_id, window, caller=caller, kept=kept, at=now), response)


@router.get("/v1/subscriptions/{subscription_id}/dead-letters", operation_id="list_dead_letters")
async def list_dead_letters(
    *,
    subscription_id: SubscriptionId,
    caller: Subscriber,
    session: ReadSession,
    page: Page,
    request: Request,
    response: Response,
) -> DeliveryPage:
    """List the deliveries that were given up, the newest first."""
    return await list_deliveries(
        subscription_id=subscription_id,
        caller=caller,
        session=session,
        page=page,
        request=request,
        response=response,
        status=DeliveryState.DEAD,
    )


@router.post(
    "/v1/subscriptions/{subscription_id}/dead-letters/replay",
    status_code=202,
    operation_id="replay_dead_letters",
    responses=documented(TYPES["subscription-stopped"]),
)
async def replay_dead_letters(
    *,
    subscription_id: SubscriptionId,
    caller: Subscriber,
    session: WriteSession,
    _recorded: Recorded,
    tools: Given,
    now: clock.Now,
    response: Response,
    _body: EmptyRequest | None = None,
) -> job_routes.JobBody:
    """Send every dead letter again: a job."""
    window, kept = Window(dead=True), tools.patience.kept
    return _started(await start(session, subscription_id, window, caller=caller, kept=kept, at=now), response)


def _started(job: Job, response: Response) -> job_routes.JobBody:
    response.headers["location"] = f"/v1/jobs/{job.id}"
    return job_routes.body_of(job)
