"""Move a regularisation file one step; a card delivered is written to the person in the same transaction."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.corrections import key_of
from services.registry.domain.errors import IdentifierInUseError
from services.registry.domain.papers import LegalStatus, Permit
from services.registry.domain.regularisation import (
    CARD_DELIVERED,
    REFUSED,
    DeliveredCard,
    RegularisationFile,
    Taken,
    card_of,
    earlier_status,
    move,
    notify,
    status_brought,
    step_warnings,
)
from services.registry.domain.regularisation_criteria import Situation, judge, proposal_of
from services.registry.domain.regularisation_errors import CardRefusedError
from services.registry.domain.regularisation_rules import RegularisationBook
from services.registry.domain.regularisation_shown import finding_documents
from services.registry.operations.add_legal_status import add_legal_status
from services.registry.operations.add_permit import add_permit
from services.registry.operations.correct_legal_status import correct_legal_status
from services.registry.store import loading
from services.registry.store import regularisation as files
from services.registry.store import regularisation_evidence as evidence


@dataclass(frozen=True, slots=True)
class Wanted:
    """The step asked for.

    Attributes:
        notified_on: With an unfavourable opinion, when it was notified.
        card: With a delivery, what is printed on the card; None for what the rules say.
    """

    to_state: str
    on: date
    reasons: tuple[str, ...] = ()
    notified_on: date | None = None
    card: DeliveredCard | None = None


async def move_regularisation_file(
    session: AsyncSession, file_id: UUID, wanted: Wanted, book: RegularisationBook, act: Act
) -> tuple[RegularisationFile, tuple[str, ...]]:
    """Take a step; return the file and what is odd about the step.

    The findings of that moment are kept with the step. They propose; a human decides, with her reasons.

    Raises:
        RegularisationFileNotFoundError: There is none.
        StepRefusedError: No step leads there from where the file stands.
        ReasonsNeededError: It is a decision without its reasons, or a refusal in codes alone.
        RegularisationDateRefusedError: The day is to come, or before the step before it.
        CardRefusedError: A card where none is delivered, or a title that she does not have.
        IdentifierInUseError: The card's number is somebody else's.
    """
    file = await files.find(session, file_id, hold=True)
    stage = book.state(file.state).stage
    person = await loading.load(session, file.person_id)
    known = {one.fact: one for one in await evidence.live(session, file_id)}
    situation = Situation(person, known, file.filed_on, book.school_levels)
    day = file.stage_day(stage, wanted.on)
    findings = judge(situation, book, campaign=file.campaign, category=file.category, stage=stage, on=day)
    taken = Taken(
        file.state,
        wanted.to_state,
        wanted.on,
        wanted.reasons,
        act.at,
        act.source.received_by,
        act.source.organisation,
        proposal_of(findings, stage),
        finding_documents(findings),
    )
    moved = move(file, taken, book, today=act.today)
    if wanted.card is not None and wanted.to_state != CARD_DELIVERED:
        raise CardRefusedError("/card")
    if wanted.to_state == CARD_DELIVERED:
        permit_id = await _deliver(session, file, wanted, book, act)
        moved = replace(moved, steps=(*file.steps, replace(taken, permit_id=permit_id)))
    if wanted.notified_on is not None:
        moved = notify(moved, wanted.notified_on, book, today=act.today)
    elif wanted.to_state == REFUSED:
        moved = replace(moved, notified_on=None)
    await files.save(session, moved, step=True)
    return moved, step_warnings(file, moved)


async def _deliver(
    session: AsyncSession, file: RegularisationFile, wanted: Wanted, book: RegularisationBook, act: Act
) -> UUID:
    """Write the card, and what the campaign makes of her, to the person; return the title's id."""
    person = await loading.load_for_change(session, file.person_id)
    card = wanted.card or DeliveredCard()
    if card.permit_id is not None:
        if all(key_of(permit) != card.permit_id for permit in person.permits):
            raise CardRefusedError("/card/permit_id")
        permit_id = card.permit_id
    else:
        permit_id = await _add_card(session, file, card_of(file, card, book, wanted.on), act)
    status = status_brought(file, book, wanted.on, person.legal_statuses)
    if status is not None:
        await _regularise(session, file.person_id, status, wanted.on, act)
    return permit_id


async def _add_card(session: AsyncSession, file: RegularisationFile, permit: Permit, act: Act) -> UUID:
    try:
        _, stored = await add_permit(session, file.person_id, permit, act)
    except IdentifierInUseError:
        raise IdentifierInUseError("/card/number") from None
    if stored.id is None:
        raise TypeError("a stored title has an id")
    return stored.id


async def _regularise(session: AsyncSession, person_id: UUID, status: LegalStatus, on: date, act: Act) -> None:
    """Add the status, and end on the eve the irregular stay that it ends."""
    person, _ = await add_legal_status(session, person_id, status, act)
    ended = earlier_status(person.legal_statuses, on)
    if ended is not None and ended.id is not None:
        part_id = ended.first_id or ended.id
        await correct_legal_status(session, person_id, part_id, ended, act, version=person.version)
