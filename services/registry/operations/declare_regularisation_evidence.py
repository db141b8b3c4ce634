"""Declare a fact for a regularisation file."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.regularisation import require_open_to_evidence
from services.registry.domain.regularisation_criteria import Evidence, check_value
from services.registry.domain.regularisation_rules import RegularisationBook
from services.registry.store import regularisation as files
from services.registry.store import regularisation_evidence as store


async def declare_regularisation_evidence(  # noqa: PLR0917  # which file, which fact, its value and its proofs
    session: AsyncSession,
    file_id: UUID,
    fact: str,
    value: Any,
    documents: Sequence[UUID],
    book: RegularisationBook,
    act: Act,
) -> Evidence:
    """Declare a fact, with the documents that prove it; what was declared of it before ends and is kept.

    Raises:
        RegularisationFileNotFoundError: There is no such file.
        FileSettledError: It is decided: what it was judged on stays as it is.
        RegularisationCodeUnknownError: The fact is on no list.
        EvidenceRefusedError: The value is not of the fact's kind.
        DocumentUnknownError: A document is not the person's.
    """
    file = await files.find(session, file_id, hold=True)
    require_open_to_evidence(file)
    check_value(book.fact(fact), value, book.school_levels)
    await store.require_documents(session, file.person_id, documents)
    by, organisation = act.source.received_by, act.source.organisation
    return await store.declare(session, file_id, Evidence(fact, value, tuple(documents), act.at, by, organisation))
