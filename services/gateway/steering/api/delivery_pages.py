"""Webhooks: subscriptions, what became of their deliveries, and sending one again."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Response
from starlette.responses import RedirectResponse

from services.gateway.pages.routes import page_router
from services.gateway.steering.api.frame import HOME, Page, Visited, refuse
from services.gateway.steering.domain.answers import Refusal, refusal_of
from services.gateway.steering.domain.partner import moment_of

STATES = ("pending", "delivered", "dead", "withheld")
_PLACE = f"{HOME}/deliveries"
_SEE_OTHER = 303
_SHOWN = 25
_MOMENTS = ("created_at", "ended_at", "next_attempt_at", "failing_since", "former_secret_until", "updated_at", "at")

router = page_router(refuse)
Chosen = Annotated[UUID | None, Query(alias="subscription")]
State = Annotated[str, Query(max_length=20)]
Cursor = Annotated[str | None, Query(max_length=500)]


@router.get(_PLACE)
async def show_deliveries(
    page: Visited, chosen: Chosen = None, state: State = "", cursor: Cursor = None, done: State = ""
) -> Response:
    """Show the subscriptions, and the deliveries of one of them."""
    return await _deliveries(page, chosen, state=state, cursor=cursor, done=done == "retry")


@router.post(f"{_PLACE}/{{subscription_id}}/{{delivery_id}}/retry")
async def retry_delivery(page: Visited, subscription_id: UUID, delivery_id: UUID) -> Response:
    """Send a delivery again."""
    await page.form()
    refusal = refusal_of(await page.ask("POST", f"/v1/subscriptions/{subscription_id}/deliveries/{delivery_id}/retry"))
    if refusal is not None:
        return await _deliveries(page, subscription_id, refusal=refusal)
    return RedirectResponse(f"{_PLACE}?subscription={subscription_id}&done=retry", _SEE_OTHER)


async def _deliveries(
    page: Page,
    chosen: UUID | None,
    *,
    state: str = "",
    cursor: str | None = None,
    done: bool = False,
    refusal: Refusal | None = None,
) -> Response:
    listed, barred = await page.read("/v1/subscriptions")
    subscriptions = [_dated(each) for each in listed.get("items", ())]
    current = next((each for each in subscriptions if each["id"] == str(chosen)), None)
    if current is None and subscriptions:
        current = subscriptions[0]
    found: dict[str, Any] = {"items": [], "next": None}
    if current is not None:
        query = {"limit": str(_SHOWN)}
        query |= {"status": state} if state in STATES else {}
        query |= {"cursor": cursor} if cursor else {}
        told, trouble = await page.read(f"/v1/subscriptions/{current['id']}/deliveries?{urlencode(query)}")
        found |= told
        refusal = refusal or trouble
    return page.render(
        "deliveries.html",
        tab="deliveries",
        status=422 if refusal else 200,
        subscriptions=subscriptions,
        current=current,
        deliveries=[_dated(each) for each in found["items"]],
        next=found["next"],
        state=state if state in STATES else "",
        states=STATES,
        barred=barred,
        refusal=refusal,
        done=done,
    )


def _dated(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with its instants read."""
    return {name: moment_of(value) if name in _MOMENTS else value for name, value in document.items()}
