"""Register a person."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.holding import refuse_held
from services.registry.domain.persons import Intake, Person, admit, pointer_of
from services.registry.domain.programme_numbers import format_number
from services.registry.store import identifiers, persons


async def register_person(session: AsyncSession, intake: Intake, act: Act) -> Person:
    """Take a checked intake into the register, under a new programme number.

    Raises:
        IdentifierInUseError: One of the identifiers belongs to somebody. When two requests race for it, the
            database's constraint refuses the later one.
        IdentifierAmbiguousError: One may be somebody's: an issuer is not known.
    """
    held = await identifiers.held(session, intake.identifiers)
    for identifier in intake.identifiers:
        refuse_held(identifier, held, pointer_of(intake, identifier))
    person_id, serial = await persons.draw_number(session)
    number = format_number(act.today.year, serial)
    person = admit(intake, person_id=person_id, programme_number=number, at=act.at)
    await persons.add(session, record_of(person, act))
    return person
