"""Trying the API out: choose an operation, fill it in, send it, read the answer."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, get_args
from uuid import uuid4

from fastapi import Query, Response

from services.gateway.pages.languages import words
from services.gateway.pages.routes import PageRefusedError, page_router
from services.gateway.steering.api.frame import ADMINISTRATION, AREA, HOME, Page, Visited, refuse
from services.gateway.steering.api.labels import Labels
from services.gateway.steering.domain.answers import Answer
from services.gateway.steering.domain.offers import Offer, open_to
from services.gateway.steering.domain.partner import agreements_of, purposes_by_scope
from services.gateway.steering.domain.shown import held_back, lines_of
from services.gateway.steering.domain.trials import (
    MissingParameterError,
    Trial,
    as_curl,
    as_javascript,
    as_python,
    trial_of,
)
from services.kit.callers import Purpose

_PLACE = f"{HOME}/try"
_FIRST = ("search_persons", "verify_coverage", "list_sessions")
"""What is opened first, the first of them that the visitor may call: what most partners begin with."""

_LONGEST_KEY = 64
router = page_router(refuse)
Named = Annotated[str | None, Query(max_length=100)]


@router.get(_PLACE)
async def show_trial(page: Visited, operation: Named = None) -> Response:
    """Show what may be tried, and the form of one operation."""
    return await _trial(page, operation, {})


@router.post(_PLACE)
async def send_trial(page: Visited, operation: Named = None) -> Response:
    """Send a filled form as a call of the API, and show what it answers."""
    form = await page.form()
    for offer in page.portal.offers:
        if offer.id == operation and offer.writes and any(ADMINISTRATION in each for each in offer.scopes):
            page.step_up(f"{_PLACE}?operation={offer.id}")
    return await _trial(page, operation, form, sent=True)


async def _trial(page: Page, name: str | None, form: Mapping[str, str], *, sent: bool = False) -> Response:
    own, labels = await page.own(), await page.labels()
    agreed = purposes_by_scope(agreements_of(own, on=page.on))
    groups = open_to(page.portal.offers, page.visitor.scopes, agreed)
    offer = _chosen(groups, name)
    if name is not None and offer is None:
        raise PageRefusedError(404, "not_found")
    trial = answer = missing = None
    if offer is not None and sent:
        try:
            trial = trial_of(offer, form, language=page.visitor.language, key=form.get("key", "")[:_LONGEST_KEY])
        except MissingParameterError as error:
            missing = error.name
        else:
            headers = {name: value for name, value in trial.headers.items() if value.isprintable()}
            answer = await page.ask(trial.method, trial.target, headers=headers, body=trial.body.encode())
    return page.render(
        "try.html",
        tab="try",
        status=422 if missing else 200,
        groups=[(_label(page, group), group, offers) for group, offers in groups],
        offer=offer,
        purposes=_purposes(offer, page, agreed),
        form=_filled(offer, form) if offer else {},
        key=str(uuid4()),
        missing=missing,
        answer=None if answer is None else _shown(answer),
        held_back=[] if answer is None or offer is None else _named(offer, answer, labels),
        snippets=[] if trial is None else _snippets(trial, page.portal.server),
    )


def _purposes(offer: Offer | None, page: Page, agreed: Mapping[str, frozenset[str]]) -> list[str]:
    """Return what may be named, in the order of the published list."""
    named = offer.purposes(page.visitor.scopes, agreed) if offer else None
    return [purpose for purpose in get_args(Purpose) if purpose in (named or ())]


def _label(page: Page, group: str) -> str:
    """Return the word for a group of operations; one that is new here is called by its own name."""
    return words(AREA, page.visitor.language).get(f"groups.{group}", group)


def _chosen(groups: Sequence[tuple[str, Sequence[Offer]]], name: str | None) -> Offer | None:
    known = {offer.id: offer for _, offers in groups for offer in offers}
    if name is not None:
        return known.get(name)
    return next((known[first] for first in _FIRST if first in known), next(iter(known.values()), None))


def _filled(offer: Offer, form: Mapping[str, str]) -> Mapping[str, str]:
    """Return what the fields hold: what was sent, or else an example to begin with."""
    if form:
        return form
    begun = {parameter.field: parameter.example for parameter in offer.parameters}
    return begun | {"body": json.dumps(offer.example, ensure_ascii=False, indent=2) if offer.body else ""}


def _shown(answer: Answer) -> Mapping[str, object]:
    return {
        "status": answer.status,
        "good": answer.good,
        "took_ms": round(answer.took_ms),
        "headers": answer.headers,
        "lines": lines_of(answer.body),
    }


def _named(offer: Offer, answer: Answer, labels: Labels) -> list[str]:
    resources = {scope.partition(":")[0] for alternative in offer.scopes for scope in alternative}
    resource = min(resources, default="")
    return [labels.field(resource, name) for name in held_back(answer.body)]


def _snippets(trial: Trial, server: str) -> list[tuple[str, str]]:
    return [
        ("curl", as_curl(trial, server)),
        ("Python", as_python(trial, server)),
        ("JavaScript", as_javascript(trial, server)),
    ]
