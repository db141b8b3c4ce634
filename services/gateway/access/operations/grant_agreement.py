"""Write down an agreement from the machine itself, where there is nobody yet who could propose and approve it."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.agreements import Agreement, AgreementState, Entry, Rows, Terms, check_terms
from services.gateway.access.domain.approvals import Actor
from services.gateway.access.domain.errors import UnknownPartnerError
from services.gateway.access.reference import catalogue
from services.gateway.access.store import agreements, partners, rights_changes
from services.kit.callers import PURPOSES

_PROPOSER, _OPERATOR = "command line", "operator"


async def grant_agreement(
    session: AsyncSession, *, organisation: str, terms: Terms, at: datetime, extend: bool = False
) -> Agreement:
    """Return the organisation's agreement under the terms' number, made now where there was none.

    Whoever runs this has the database in hand: no second person can be asked for. Running it again changes nothing.

    Args:
        session: The transaction; the caller commits.
        organisation: The organisation's code.
        terms: What is to be agreed.
        at: The instant of the change.
        extend: Give what the terms say beyond an agreement that is active; without it, one that was narrowed or ended
            since stays so, however often this is run.

    Raises:
        UnknownPartnerError: There is no such organisation.
        TermsRefusedError: The terms name what the catalogue does not know.
    """
    check_terms(terms, catalogue=catalogue.shapes(), purposes=PURPOSES)
    partner = await partners.find_by_code(session, organisation)
    if partner is None:
        raise UnknownPartnerError
    known = await agreements.find_by_number(session, partner.id, terms.authorisation_number)
    if known is not None and not extend:
        return known
    if known is None or known.state is not AgreementState.ACTIVE:
        made = await agreements.add(session, partner.id, terms, proposed_by=_PROPOSER, approved_by=_OPERATOR, at=at)
        kind = "agreement_granted"
    else:
        wider = _with(known.terms, terms)
        if wider == known.terms:
            return known
        made = await agreements.amend(session, known.id, wider, at=at)
        kind = "agreement_extended"
    await rights_changes.add(
        session,
        organisation_id=partner.id,
        kind=kind,
        target=str(made.id),
        version=made.version,
        by=Actor(_OPERATOR, _PROPOSER),
        at=at,
        document=agreements.document_of(made.terms),
    )
    return made


def _with(known: Terms, more: Terms) -> Terms:
    """Return known terms with further purposes, resources and actions; their days stay."""
    entries = {entry.resource: entry for entry in known.entries}
    for entry in more.entries:
        there = entries.get(entry.resource)
        entries[entry.resource] = entry if there is None else _wider(there, entry)
    return replace(known, purposes=known.purposes | more.purposes, entries=tuple(entries.values()))


def _wider(one: Entry, other: Entry) -> Entry:
    fields = None if one.fields is None or other.fields is None else one.fields | other.fields
    rows = Rows.ALL if Rows.ALL in {one.rows, other.rows} else Rows.OWN
    return Entry(one.resource, one.actions | other.actions, fields, rows)
