"""Give the next receipt of a request for renewal."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.corrections import key_of
from services.registry.domain.holding import refuse_any_held
from services.registry.domain.papers import refuse_overlap
from services.registry.domain.persons import Person, amend, with_permit_numbers
from services.registry.domain.renewals import Renewal, receipt, refuse_decided, renewal_of
from services.registry.store import identifiers, loading, permit_rules, persons, renewals

_DAY = timedelta(days=1)


async def prolong_receipt(  # noqa: PLR0917  # whose, which, and the receipt that was given
    session: AsyncSession,
    person_id: UUID,
    part_id: UUID,
    renewal_id: UUID,
    number: tuple[str | None, str],
    starts_on: date | None,
    act: Act,
) -> tuple[Person, Renewal]:
    """Add the receipt that follows the last one, for as long as receipts run.

    Args:
        session: The request's transaction.
        person_id: Whose.
        part_id: The title's id.
        renewal_id: The request's id.
        number: The receipt's number, as written and normalised.
        starts_on: Its first day; the one after the last receipt's end when left out.
        act: Who gives it, when.

    Raises:
        PersonNotFoundError: There is no such person.
        PaperNotFoundError: She has no such request for that title.
        RenewalDecidedError: The request has ended.
        PeriodOverlapError: She has a receipt of that number on one of the days.
        IdentifierInUseError: The receipt's number is somebody else's.
    """
    before = await loading.load_for_change(session, person_id)
    renewal = renewal_of(await renewals.of_title(session, person_id, part_id), renewal_id)
    refuse_decided(renewal)
    rules = await permit_rules.load(session)
    if starts_on is None:
        ends = [row.valid.end for row in before.permits if key_of(row) in renewal.receipts and row.valid.end]
        starts_on = max(ends) + _DAY if ends else act.today
    given = receipt(*number, starts_on, rules)
    same = [row.valid for row in before.permits if (row.type, row.number_norm) == (given.type, given.number_norm)]
    refuse_overlap("/valid_from", given.valid, same)
    numbers = with_permit_numbers(before.identifiers, [given])
    new = numbers[len(before.identifiers) :]
    refuse_any_held(new, await identifiers.held(session, new), "/number")
    after = amend(before, at=act.at, permits=(*before.permits, given), identifiers=numbers)
    await persons.save(session, before, record_of(after, act))
    stored = await loading.load(session, person_id)
    known = {row.id for row in before.permits}
    added = next(row for row in stored.permits if row.id not in known)
    return stored, await renewals.roll(session, renewal_id, key_of(added))
