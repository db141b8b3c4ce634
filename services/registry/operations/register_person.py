"""Register a person."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.errors import IdentifierInUseError
from services.registry.domain.persons import Intake, Person, admit, pointer_of
from services.registry.domain.programme_numbers import format_number
from services.registry.store import identifiers, persons


async def register_person(session: AsyncSession, intake: Intake, act: Act) -> Person:
    """Take a checked intake into the register, under a new programme number.

    Raises:
        IdentifierInUseError: One of the identifiers belongs to somebody. When two requests race for it, the
            database's constraint refuses the later one.
    """
    held = await identifiers.holders(session, intake.identifiers)
    for identifier in intake.identifiers:
        if (identifier.system, identifier.value_norm) in held:
            raise IdentifierInUseError(pointer_of(intake, identifier))
    person_id, serial = await persons.draw_number(session)
    number = format_number(act.today.year, serial)
    person = admit(intake, person_id=person_id, programme_number=number, at=act.at)
    await persons.add(session, record_of(person, act))
    return person
