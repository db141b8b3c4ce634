"""Make search keys anew that an older rule has made, in the background and a few at a time."""

from datetime import date

from services.kit.database import Database
from services.registry.domain.folding import KEY_VERSION, NameClasses
from services.registry.domain.search import entry_of
from services.registry.store import loading, search

AT_ONCE = 200


async def renew_search_keys(database: Database, spellings: NameClasses, today: date) -> int:
    """Renew the keys of up to `AT_ONCE` persons; return of how many. None are left when it is none.

    A person who is being written to is passed over: her new version brings new keys.
    """
    async with database.sessions.begin() as session:
        outdated = await search.outdated(session, KEY_VERSION, AT_ONCE)
        for person_id in outdated:
            person = await loading.load(session, person_id)
            await search.replace(session, person_id, entry_of(person, spellings, today))
    return len(outdated)
