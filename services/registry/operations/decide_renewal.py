"""Record how a request for renewal ended."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.corrections import key_of
from services.registry.domain.holding import refuse_any_held
from services.registry.domain.papers import refuse_overlap
from services.registry.domain.persons import Person, amend, with_permit_numbers
from services.registry.domain.renewals import Outcome, Renewal, ended_receipts, refuse_decided, renewal_of
from services.registry.store import identifiers, loading, persons, renewals


async def decide_renewal(  # noqa: PLR0917  # whose, which, how it ended
    session: AsyncSession, person_id: UUID, part_id: UUID, renewal_id: UUID, outcome: Outcome, act: Act
) -> tuple[Person, Renewal]:
    """Record the outcome of a request: its receipts end with it, and a new title follows a granted one.

    Args:
        session: The request's transaction.
        person_id: Whose.
        part_id: The id of the title that was to be renewed.
        renewal_id: The request's id.
        outcome: How it ended, when.
        act: Who records it, when.

    Raises:
        PersonNotFoundError: There is no such person.
        PaperNotFoundError: She has no such request for that title.
        RenewalDecidedError: The request has ended before.
        PeriodOverlapError: She has the new title, by type and number, on one of the days.
        IdentifierInUseError: The new title's number is somebody else's.
    """
    before = await loading.load_for_change(session, person_id)
    renewal = renewal_of(await renewals.of_title(session, person_id, part_id), renewal_id)
    refuse_decided(renewal)
    permits, numbers = ended_receipts(before.permits, renewal.receipts, outcome.on), before.identifiers
    title = outcome.title
    if title is not None:
        same = [row.valid for row in permits if (row.type, row.number_norm) == (title.type, title.number_norm)]
        refuse_overlap("/title/valid_from", title.valid, same)
        numbers = with_permit_numbers(numbers, [title])
        new = numbers[len(before.identifiers) :]
        refuse_any_held(new, await identifiers.held(session, new), "/title/number")
        permits = (*permits, title)
    after = amend(before, at=act.at, permits=permits, identifiers=numbers)
    await persons.save(session, before, record_of(after, act))
    stored = await loading.load(session, person_id)
    known = {key_of(row) for row in before.permits}
    granted = next((key_of(row) for row in stored.permits if key_of(row) not in known), None)
    return stored, await renewals.decide(session, renewal_id, outcome, granted, after.recorded_at)
