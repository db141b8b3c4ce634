"""Applications and facts of a person who is kept from somebody are not there for her."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.withholding import Closed, Viewer, Withheld
from services.training.courses.operations.record_facts import record_facts
from services.training.courses.store import applications, facts
from tests.training.builders import person_facts
from tests.training.records import new_application, new_session

DESK = Viewer("school", "desk", "TRAINING")


async def test_a_sessions_list_leaves_her_out_for_whom_she_is_kept_from(session: AsyncSession) -> None:
    course = await new_session(session)
    hers, another = await new_application(session, course), await new_application(session, course)
    known = person_facts(person_id=hers.person_id)
    await record_facts(session, known, Withheld(callers=(Closed("school"),)))
    for viewer, there in ((DESK, [another.id]), (Viewer("mill", "desk"), [hers.id, another.id])):
        page = await applications.page_of_session(
            session, course.id, outcome=None, state=None, after=None, limit=9, viewer=viewer
        )
        assert [one.id for one in page] == there
    assert await applications.find(session, hers.id, viewer=DESK) is None
    assert await facts.find(session, hers.person_id, viewer=DESK) is None
    assert await facts.find(session, hers.person_id) == known


async def test_who_acts_for_a_person_whose_facts_have_not_come_sees_her_alone(session: AsyncSession) -> None:
    course = await new_session(session)
    hers = await new_application(session, course)
    acting, other = (Viewer("helpers", "app", "TRAINING", str(one)) for one in (hers.person_id, uuid4()))
    assert await applications.find(session, hers.id, viewer=acting) == hers
    assert await applications.find(session, hers.id, viewer=other) is None
