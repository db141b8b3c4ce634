"""What a change request makes of a person, and how it is shown."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kit import merge_patch, problems
from services.kit.callers import Caller
from services.kit.problems import FieldError, Problem
from services.registry.api.dependencies import Deed
from services.registry.api.intake import Reader, amendable_document
from services.registry.api.persons import validated
from services.registry.api.words import refuse_errors, warnings_of
from services.registry.contract.change_requests import (
    ChangeRequestBody,
    DeciderBody,
    IdentifierChanges,
    ProposedChange,
)
from services.registry.contract.persons import Warning_, WriteMeta
from services.registry.domain.change_requests import (
    IDENTIFIERS,
    ChangeRequest,
    ChangeRequestState,
    identifier_document,
    retracted,
)
from services.registry.domain.corrections import part_of
from services.registry.domain.findings import Findings
from services.registry.domain.papers import Identifier
from services.registry.domain.persons import Core, Nationality, Person, current_nationalities, with_nationalities
from services.registry.domain.reference import Reference
from services.registry.domain.rights import Actor


def actor(caller: Caller) -> Actor:
    """Return the caller as who does something."""
    return Actor(caller.subject, caller.client_id, caller.organisation)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request makes of a person.

    Attributes:
        current: What the fields say that a request can touch.
        after: What they would say.
        added: Identifiers that come.
        found: What is odd about it.
    """

    current: dict[str, Any]
    after: dict[str, Any]
    core: Core
    nationalities: tuple[Nationality, ...]
    added: tuple[Identifier, ...]
    found: Findings


def outcome_of(person: Person, patch: Mapping[str, Any], lists: Reference, writing: Deed) -> Outcome:
    """Return what a patch makes of a person.

    Raises:
        Problem: 422 where a value cannot be taken.
        PaperNotFoundError: She has no identifier that it takes back.
    """
    codes = current_nationalities(person.nationalities, writing.today)
    reader = Reader(lists, writing.today)
    laid = {name: value for name, value in patch.items() if name != IDENTIFIERS}
    body = validated(merge_patch.apply(amendable_document(person.core, codes), laid))
    core, named = reader.core(body, settled=codes)
    wanted = IdentifierChanges.model_validate(patch.get(IDENTIFIERS) or {})
    read = [reader.identifier(one, f"/identifiers/add/{place}") for place, one in enumerate(wanted.add)]
    refuse_errors(reader.found)
    added = tuple(one for one in read if one)
    for part_id in wanted.retract:
        part_of(person.identifiers, part_id)
    current = _current(person, wanted.retract, writing)
    after = amendable_document(core, named) | {IDENTIFIERS: [identifier_document(one) for one in added]}
    if not (added or wanted.retract):
        after[IDENTIFIERS] = current[IDENTIFIERS]
    rows = with_nationalities(
        person.nationalities,
        named,
        on=writing.today,
        unconfirmed=reader.unconfirmed,
        confirm=body.nationalities_confirmed,
    )
    return Outcome(current, after, core, rows, added, reader.found)


def _current(person: Person, retract: Collection[UUID], writing: Deed) -> dict[str, Any]:
    codes = current_nationalities(person.nationalities, writing.today)
    return amendable_document(person.core, codes) | {IDENTIFIERS: retracted(person.identifiers, retract)}


def require_fields(request: ChangeRequest, caller: Caller) -> None:
    """See that whoever decides may write every field that would change.

    Raises:
        Problem: 403 with a pointer to each other field.
    """
    share = caller.share_of("persons")
    if share is None or share.fields is None:
        return
    errors = [
        FieldError(f"/changes/{place}", "field_not_agreed", "Ask somebody whose agreement has this field")
        for place, name in enumerate(request.fields)
        if name not in share.fields
    ]
    if errors:
        raise Problem(problems.FIELD_NOT_AGREED, errors)


def shown(request: ChangeRequest, person: Person, at: datetime, writing: Deed) -> ChangeRequestBody:
    """Return a request as it stands at an instant, held against what the person's fields say."""
    current = _current(person, request.retracts, writing)
    state = request.state_at(at, current)
    conflicts = request.conflicts(current) if state is ChangeRequestState.CONFLICTED else ()
    return body_of(request, state, conflicts)


def body_of(
    request: ChangeRequest,
    state: ChangeRequestState,
    conflicts: tuple[str, ...] = (),
    found: Findings | None = None,
) -> ChangeRequestBody:
    """Return a request as it is shown.

    Args:
        request: As stored.
        state: Where it stands.
        conflicts: Fields that have changed since it was made.
        found: What is odd about it, in answers to writes.
    """
    decided = request.decided_by
    meta = None
    if found is not None:
        meta = WriteMeta(warnings=[Warning_(**warning) for warning in warnings_of(found.all)])
    return ChangeRequestBody(
        id=request.id,
        person_id=request.person_id,
        state=state,
        changes=[
            ProposedChange(
                field=name,
                before=request.before.get(name),
                after=request.after[name],
                conflict=name in conflicts,
            )
            for name in request.fields
        ],
        reason=request.reason,
        documents=list(request.documents),
        base_version=request.base_version,
        proposed_by=DeciderBody(subject=request.proposed_by.subject, organisation=request.proposed_by.organisation),
        proposed_at=request.proposed_at,
        expires_at=request.expires_at,
        decided_by=decided and DeciderBody(subject=decided.subject, organisation=decided.organisation),
        decided_at=request.decided_at,
        decision_reason=request.decision_reason,
        applied_version=request.applied_version,
        meta=meta,
    )
