"""People who sign in: what their pages need, and who looks at the pages of other areas."""

import atexit
from datetime import datetime

from fastapi import FastAPI, Request

from services.gateway.access.api import accounts, authorisation, enrolment, own_account, sign_in
from services.gateway.access.api.visits import People, visit_of
from services.gateway.access.domain.sessions import factor_age
from services.gateway.access.store.hashing import Hashing
from services.gateway.access.store.sealing import Seal
from services.gateway.pages.assets import Assets
from services.gateway.pages.visitors import Visitor
from services.gateway.settings import GatewaySettings

ROUTERS = (accounts.router, sign_in.router, enrolment.router, own_account.router, authorisation.router)
"""Administration, and the pages, which stand in no OpenAPI document."""

REFUSALS = accounts.REFUSALS


def wire_people(control: FastAPI, settings: GatewaySettings) -> None:
    """Wire passwords, second factors and sessions into the control plane's state, and serve what pages load."""
    seal = Seal(bytes.fromhex(settings.key_encryption_key.get_secret_value()))
    hashing = Hashing()
    atexit.register(hashing.close)
    control.state.people = People(seal, hashing, settings.public_url)
    control.state.visitor_of = _visitor_of
    control.mount("/assets", Assets(), name="page-assets")


async def _visitor_of(request: Request, at: datetime) -> Visitor | None:
    """Return who shows a session's cookie, once both factors were given; for pages alone."""
    visit = await visit_of(request, at)
    known = visit.signed_in()
    age = None if known is None else factor_age(known[0], at=at)
    if known is None or age is None:
        return None
    account = known[1]
    return Visitor(
        account_id=account.id,
        organisation=account.organisation,
        username=account.username,
        display_name=account.display_name,
        scopes=account.scopes,
        language=visit.language,
        csrf=visit.csrf,
        factor_age=age,
    )
