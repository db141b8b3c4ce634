"""An extract as it is shown: as JSON, and as what the printed form is set from."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.gateway.persons.contract import (
    ExtractDocumentBody,
    ExtractPartBody,
    ExtractSectionBody,
    KeptBody,
    RecipientBody,
    UseBody,
    WordBody,
)
from services.gateway.persons.domain.extracts import ORIGINS, Extract, SourceStatus
from services.gateway.persons.domain.printing import lines_of
from services.gateway.persons.reference.extract_words import words

Say = Callable[[str, str], str]
"""Give the word for a purpose's or an outcome's code: (kind, code)."""

_HERE = ZoneInfo("Africa/Casablanca")
_PURPOSES = {origin.name: origin.purpose for origin in ORIGINS}


def document(extract: Extract, person_id: UUID, *, language: str, say: Say, at: datetime) -> ExtractDocumentBody:
    """Return the extract on the wire.

    Args:
        extract: What was found.
        person_id: Whose.
        language: Of its words: `fr`, `ar` or `en`.
        say: Words that the audit area owns.
        at: When it was made.
    """
    known = words(language)
    texts = known["texts"]

    def purpose(code: str | None) -> WordBody | None:
        return None if code is None else WordBody(code=code, text=say("purposes", code))

    def kept(rule: Mapping[str, Any] | None) -> KeptBody | None:
        if rule is None:
            return None
        after = WordBody(code=rule["after"], text=known["after"].get(rule["after"], rule["after"]))
        return KeptBody(**{**rule, "after": after})

    sections = [
        ExtractSectionBody(
            part=part,
            name=section["name"],
            title=section["title"][language],
            purpose=WordBody(code=_PURPOSES[part], text=say("purposes", _PURPOSES[part])),
            origin=WordBody(code=section["origin"], text=known["origins"][section["origin"]]),
            retention=kept(section["retention"]),
            rows=section["rows"],
            more=section["more"],
        )
        for part, found in extract.sections.items()
        for section in found
    ]
    return ExtractDocumentBody(
        person_id=person_id,
        made_at=at,
        language=language,
        complete=extract.complete,
        law=texts["law"],
        rights=texts["rights"],
        not_included=[texts["care"], texts["safety"]],
        parts=[
            ExtractPartBody(name=name, title=known["parts"][name], status=status)
            for name, status in extract.statuses.items()
        ],
        sections=sections,
        recipients=[
            RecipientBody(
                organisation=one.organisation,
                purposes=[WordBody(code=code, text=say("purposes", code)) for code in one.purposes],
                times=one.times,
                last_at=one.last_at,
            )
            for one in extract.recipients
        ],
        uses=[
            UseBody(
                at=use.at,
                organisation=use.organisation,
                purpose=purpose(use.purpose),
                action=use.action,
                outcome=WordBody(code=use.outcome, text=say("outcomes", use.outcome)),
            )
            for use in extract.uses
        ],
        more_uses=extract.more_uses,
    )


def printed(shown: ExtractDocumentBody) -> dict[str, Any]:
    """Return what the template sets: texts alone, in the language of the document."""
    known = words(shown.language)
    texts, columns = known["texts"], known["columns"]
    answers = (texts["yes"], texts["no"])

    def section(one: ExtractSectionBody) -> dict[str, Any]:
        rule = one.retention
        return {
            "title": one.title,
            "purpose": one.purpose.text,
            "origin": one.origin.text,
            "kept": None if rule is None else f"{rule.months} {texts['months']} {rule.after.text}",
            "rows": [lines_of(row, columns, answers) for row in one.rows],
            "more": one.more,
        }

    return {
        "language": shown.language,
        "person_id": str(shown.person_id),
        "made_at": _day(shown.made_at),
        "texts": texts,
        "law": shown.law,
        "rights": shown.rights,
        "care": texts["care"],
        "safety": texts["safety"],
        "missing": [part.title for part in shown.parts if part.status is not SourceStatus.OK],
        "parts": [
            {"title": part.title, "sections": [section(one) for one in shown.sections if one.part == part.name]}
            for part in shown.parts
            if any(one.part == part.name for one in shown.sections)
        ],
        "recipients": [
            [one.organisation, ", ".join(word.text for word in one.purposes), str(one.times), _day(one.last_at)]
            for one in shown.recipients
        ],
        "uses": [
            [
                _day(use.at),
                use.organisation or texts["nobody"],
                "" if use.purpose is None else use.purpose.text,
                use.action,
                use.outcome.text,
            ]
            for use in shown.uses
        ],
        "more_uses": shown.more_uses,
    }


def _day(at: datetime) -> str:
    return f"{at.astimezone(_HERE):%Y-%m-%d %H:%M}"
