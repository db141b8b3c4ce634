"""Refusals on the wire: RFC 9457 problem details, in French, Arabic or English, never with the value refused.

A service's domain raises plain exceptions; one table per area says which problem each becomes. The `type` of a
problem is a page that the gateway serves and that says what to do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

import orjson
import yaml
from starlette.requests import Request
from starlette.responses import Response

Language = Literal["fr", "ar", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "ar", "en")
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of refusal.

    Attributes:
        slug: Stable name; the problem's `type` is `/problems/<slug>`.
        status: HTTP status.
        title: What happened, by language.
        remedy: What to do, by language; the problem's `detail`.
    """

    slug: str
    status: int
    title: Mapping[Language, str]
    remedy: Mapping[Language, str]


def problem_type(slug: str, status: int, title: tuple[str, str, str], remedy: tuple[str, str, str]) -> ProblemType:
    """Build a problem type from its French, Arabic and English texts."""
    return ProblemType(
        slug, status, dict(zip(LANGUAGES, title, strict=True)), dict(zip(LANGUAGES, remedy, strict=True))
    )


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one part of the input.

    Attributes:
        pointer: JSON Pointer into the body, or `?name` for a query parameter, or the name of a header.
        code: Stable, language-neutral code.
        detail: What to do, in English; never the value.
    """

    pointer: str
    code: str
    detail: str


@dataclass
class Problem(Exception):  # noqa: N818  # named for what it is on the wire
    """A refusal at the HTTP edge; raised in `api` and in middleware only."""

    type: ProblemType
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)


def language_of(accept_language: str | None) -> Language:
    """Choose the language of an answer by RFC 4647 lookup; French unless another is asked for."""
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate((accept_language or "").split(",")[:20]):
        tag, _, parameters = part.strip().partition(";")
        quality = 1.0
        if parameters.strip().startswith("q="):
            try:
                quality = float(parameters.strip()[2:])
            except ValueError:
                quality = 0.0
        if quality > 0:
            ranked.append((-quality, position, tag.partition("-")[0].lower()))
    for _, _, tag in sorted(ranked):
        if tag in LANGUAGES:
            return tag
    return "fr"


def render(problem: Problem, *, language: Language = "fr", instance: str | None = None) -> Response:
    """Return the problem as a response."""
    body: dict[str, Any] = {
        "type": f"/problems/{problem.type.slug}",
        "title": problem.type.title[language],
        "status": problem.type.status,
        "detail": problem.type.remedy[language],
        "code": problem.type.slug,
    }
    if instance:
        body["instance"] = f"urn:uuid:{instance}"
    if problem.errors:
        body["errors"] = [
            {"pointer": error.pointer, "code": error.code, "detail": error.detail} for error in problem.errors
        ]
    body.update(problem.extensions)
    return Response(
        orjson.dumps(body),
        problem.type.status,
        {"content-language": language, "cache-control": "no-store", "vary": "Accept-Language", **problem.headers},
        media_type=MEDIA_TYPE,
    )


def respond(request: Request, problem: Problem) -> Response:
    """Return the problem in the language the request asks for, tied to its request id."""
    return render(
        problem,
        language=language_of(request.headers.get("accept-language")),
        instance=getattr(request.state, "request_id", None),
    )


def describe(types: Iterable[ProblemType]) -> list[dict[str, Any]]:
    """Return problem types as they are published in a service's OpenAPI document, under `x-problems`."""
    return [
        {"slug": kind.slug, "status": kind.status, "title": dict(kind.title), "remedy": dict(kind.remedy)}
        for kind in sorted(types, key=lambda kind: kind.slug)
    ]


def of_status(status: int) -> ProblemType:
    """Return the general problem for an HTTP status that no table names."""
    by_status = {kind.status: kind for kind in reversed(GENERAL)}
    if status in by_status:
        return by_status[status]
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    return problem_type(f"http-{status}", status, (phrase,) * 3, (phrase,) * 3)


def read_types(path: Path) -> Mapping[str, ProblemType]:
    """Read problem types from YAML, by slug: `slug: {status, title: {fr, ar, en}, remedy: {fr, ar, en}}`."""
    entries = yaml.safe_load(path.read_text("utf-8"))
    return {
        slug: ProblemType(slug, entry["status"], entry["title"], entry["remedy"]) for slug, entry in entries.items()
    }


_CATALOGUE = read_types(Path(__file__).with_name("problems.yaml"))
BAD_REQUEST = _CATALOGUE["malformed-request"]
UNKNOWN_PARAMETER = _CATALOGUE["unknown-parameter"]
UNAUTHENTICATED = _CATALOGUE["unauthenticated"]
INSUFFICIENT_SCOPE = _CATALOGUE["insufficient-scope"]
PURPOSE_REQUIRED = _CATALOGUE["purpose-required"]
PURPOSE_UNKNOWN = _CATALOGUE["purpose-unknown"]
PURPOSE_NOT_AGREED = _CATALOGUE["purpose-not-agreed"]
RESOURCE_NOT_AGREED = _CATALOGUE["resource-not-agreed"]
FIELD_NOT_AGREED = _CATALOGUE["field-not-agreed"]
NOT_FOUND = _CATALOGUE["not-found"]
METHOD_NOT_ALLOWED = _CATALOGUE["method-not-allowed"]
CONFLICT = _CATALOGUE["conflict"]
VERSION_CONFLICT = _CATALOGUE["version-conflict"]
TOO_LARGE = _CATALOGUE["body-too-large"]
UNSUPPORTED_MEDIA = _CATALOGUE["unsupported-media-type"]
INVALID = _CATALOGUE["invalid-input"]
IDEMPOTENCY_MISMATCH = _CATALOGUE["idempotency-key-reused"]
IDEMPOTENCY_IN_PROGRESS = _CATALOGUE["idempotency-key-in-progress"]
PRECONDITION_REQUIRED = _CATALOGUE["precondition-required"]
UNEXPECTED = _CATALOGUE["unexpected-error"]
UNAVAILABLE = _CATALOGUE["service-unavailable"]
TIMED_OUT = _CATALOGUE["service-timeout"]

GENERAL = tuple(_CATALOGUE.values())
