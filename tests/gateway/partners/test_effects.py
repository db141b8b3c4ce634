"""What an approval does where its target is gone, or is no longer what was proposed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.gateway.access.domain.agreements import Entry, Terms
from services.gateway.access.domain.approvals import Actor, Approval, ApprovalState, Kind, Proposal
from services.gateway.access.domain.errors import AgreementStateError, UnknownPartnerError
from services.gateway.access.operations.decide_agreement import decide_agreement
from services.gateway.access.operations.propose_agreement import propose_agreement
from services.gateway.access.operations.reactivate_partner import reactivate_partner
from services.gateway.access.operations.release_client import release_client
from services.gateway.access.store import partners
from services.kit.database import Database
from services.kit.periods import Period
from services.stack.stores import Store

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANN, BOB = Actor("ann", "portal", "r1"), Actor("bob", "portal", "r2")
TERMS = Terms("A-1", frozenset({"AUDIT"}), (Entry("audit", frozenset({"read"})),), Period(date(2026, 1, 1)))
Effect = Callable[..., Awaitable[None]]


@pytest.fixture
async def database(gateway_database: Store) -> AsyncIterator[Database]:
    opened = Database(gateway_database.url)
    yield opened
    await opened.close()


def approved(kind: Kind, target: str, organisation_id: UUID | None, **payload: Any) -> Approval:
    return Approval(uuid4(), Proposal(kind, target, organisation_id, payload), ApprovalState.APPROVED, ANN, AT, BOB, AT)


@pytest.mark.parametrize(
    ("effect", "kind", "target"),
    [
        (decide_agreement, Kind.AGREEMENT, str(UUID(int=7))),
        (release_client, Kind.CLIENT, "nobody"),
        (reactivate_partner, Kind.PARTNER_REACTIVATION, str(UUID(int=7))),
    ],
)
@pytest.mark.parametrize("organisation_id", [None, UUID(int=9)])
async def test_a_target_that_is_gone_is_not_found(
    database: Database, effect: Effect, kind: Kind, target: str, organisation_id: UUID | None
) -> None:
    async with database.sessions.begin() as session:
        with pytest.raises(UnknownPartnerError):
            await effect(session, approved(kind, target, organisation_id), BOB, AT)


async def test_an_agreement_is_put_into_force_once(database: Database) -> None:
    async with database.sessions.begin() as session:
        partner = await partners.add(session, code="c1", name="C", kind="service", at=AT)
        assert partner is not None
        made = await propose_agreement(session, organisation_id=partner.id, terms=TERMS, by=ANN, at=AT)
        approval = approved(Kind.AGREEMENT, str(made.id), partner.id)
        await decide_agreement(session, approval, BOB, AT)
        with pytest.raises(AgreementStateError):
            await decide_agreement(session, approval, BOB, AT)
        with pytest.raises(UnknownPartnerError):
            await propose_agreement(session, organisation_id=UUID(int=9), terms=TERMS, by=ANN, at=AT)
