"""The pages of a partner: organisation and clients, agreements, limits."""

from typing import Annotated

import orjson
from fastapi import Path, Response

from services.gateway.pages.routes import page_router
from services.gateway.steering.api.frame import ADMINISTRATION, HOME, Page, Visited, refuse
from services.gateway.steering.domain.answers import Refusal, refusal_of
from services.gateway.steering.domain.partner import agreements_of, clients_of

OVERLAPS = (24, 0, 72, 168)
"""Hours for which an old secret may work on; the first is offered."""

router = page_router(refuse)
ClientName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{2,63}$")]


@router.get(HOME)
async def show_organisation(page: Visited) -> Response:
    """Show the organisation, who visits, and the clients."""
    return await _organisation(page)


@router.post(f"{HOME}/clients/{{client_id}}/rotate")
async def rotate_secret(page: Visited, client_id: ClientName) -> Response:
    """Make a client's new secret and show it, this once."""
    page.step_up(HOME)
    form = await page.form()
    overlap = next((hours for hours in OVERLAPS if str(hours) == form.get("overlap")), OVERLAPS[0])
    partner_id = (await page.own())["partner"]["id"]
    answer = await page.ask(
        "POST",
        f"/v1/partners/{partner_id}/clients/{client_id}/rotate",
        headers={"content-type": "application/json"},
        body=orjson.dumps({"overlap_hours": overlap}),
    )
    refusal = refusal_of(answer)
    if refusal is not None:
        return await _organisation(page, refusal=refusal)
    made = answer.document()
    return page.render(
        "secret.html", tab="organisation", client_id=made["client_id"], secret=made["client_secret"], overlap=overlap
    )


@router.get(f"{HOME}/agreements")
async def show_agreements(page: Visited) -> Response:
    """Show what was agreed, and how long it holds."""
    agreements = agreements_of(await page.own(), on=page.on)
    return page.render("agreements.html", tab="agreements", agreements=agreements, labels=await page.labels())


@router.get(f"{HOME}/limits")
async def show_limits(page: Visited) -> Response:
    """Show the limits of each client, and how much of them is used just now."""
    found = clients_of(await page.own())
    gauges = await page.portal.meters(page.visitor.organisation, [client.id for client in found], page.at)
    names = {client.id: client.name for client in found}
    rows = [(client, [gauge for gauge in gauges if gauge.client_id == client]) for client in names]
    return page.render("limits.html", tab="limits", rows=rows, names=names)


async def _organisation(page: Page, *, refusal: Refusal | None = None) -> Response:
    found = await page.own()
    return page.render(
        "organisation.html",
        tab="organisation",
        status=422 if refusal else 200,
        partner=found["partner"],
        clients=clients_of(found),
        labels=await page.labels(),
        may_rotate=ADMINISTRATION in page.visitor.scopes,
        overlaps=OVERLAPS,
        refusal=refusal,
    )
