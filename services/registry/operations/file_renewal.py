"""File a request to renew a residence title."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.corrections import key_of, part_of
from services.registry.domain.holding import refuse_any_held
from services.registry.domain.papers import refuse_overlap
from services.registry.domain.persons import Person, amend, with_permit_numbers
from services.registry.domain.renewals import (
    Renewal,
    is_late,
    receipt,
    refuse_open,
    refuse_unrenewable,
)
from services.registry.store import identifiers, loading, permit_rules, persons, renewals


async def file_renewal(  # noqa: PLR0917  # whose, which, when, and the receipt that was given
    session: AsyncSession,
    person_id: UUID,
    part_id: UUID,
    filed_on: date,
    number: tuple[str | None, str],
    starts_on: date,
    act: Act,
) -> tuple[Person, Renewal]:
    """Take a request to renew a title, with the receipt that stands for the title while it is looked at.

    Args:
        session: The request's transaction.
        person_id: Whose.
        part_id: The title's id.
        filed_on: When the request was filed.
        number: The receipt's number, as written and normalised.
        starts_on: The receipt's first day.
        act: Who files it here, when.

    Raises:
        PersonNotFoundError: There is no such person.
        PaperNotFoundError: She has no such title.
        PermitNotRenewableError: A receipt, a withdrawn title, or a type that is not renewed.
        RenewalOpenError: A request is under way.
        PeriodOverlapError: She has a receipt of that number on one of the days.
        IdentifierInUseError: The receipt's number is somebody else's.
    """
    before = await loading.load_for_change(session, person_id)
    title = part_of(before.permits, part_id)
    rules = await permit_rules.load(session)
    refuse_unrenewable(title, rules)
    refuse_open(await renewals.of_title(session, person_id, part_id))
    given = receipt(*number, starts_on, rules)
    same = [row.valid for row in before.permits if (row.type, row.number_norm) == (given.type, given.number_norm)]
    refuse_overlap("/receipt/valid_from", given.valid, same)
    numbers = with_permit_numbers(before.identifiers, [given])
    new = numbers[len(before.identifiers) :]
    refuse_any_held(new, await identifiers.held(session, new), "/receipt/number")
    after = amend(before, at=act.at, permits=(*before.permits, given), identifiers=numbers)
    await persons.save(session, before, record_of(after, act))
    stored = await loading.load(session, person_id)
    known = {row.id for row in before.permits}
    receipts = [key_of(row) for row in stored.permits if row.id not in known]
    late = is_late(title, filed_on)
    return stored, await renewals.add(session, person_id, part_id, filed_on, late, receipts, after.recorded_at)
