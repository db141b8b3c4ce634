"""What the gateway says about itself: the merged document, its reading page, the problem pages, security.txt."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

import orjson
from fastapi import Path, Query, Request, Response
from starlette.responses import HTMLResponse, PlainTextResponse

from services.gateway.forwarding.api import pages
from services.kit import problems
from services.kit.clock import Now
from services.kit.problems import LANGUAGES, Language, Problem, language_of
from services.kit.routes import Router

_CACHED = "public, max-age=300"
_VALID = timedelta(days=180)
_NOT_MODIFIED = 304
router = Router(include_in_schema=False)

Wanted = Annotated[Language | None, Query(description="Overrides Accept-Language")]


@dataclass(frozen=True, slots=True)
class Published:
    """The merged document, written once."""

    body: bytes
    etag: str
    problems: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Published":
        """Write a document."""
        body = orjson.dumps(document)
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return cls(body, etag, {kind["slug"]: kind for kind in document["x-problems"]})


@router.get("/openapi.json")
async def read_document(request: Request) -> Response:
    """Return the merged OpenAPI 3.1 document."""
    published: Published = request.app.state.published
    headers = {"cache-control": _CACHED, "etag": published.etag}
    if request.headers.get("if-none-match") == published.etag:
        return Response(status_code=_NOT_MODIFIED, headers=headers)
    return Response(published.body, headers=headers, media_type="application/json")


@router.get("/docs")
async def read_documentation() -> Response:
    """Return the page that shows the document; its assets are served from here."""
    return HTMLResponse(pages.DOCUMENTATION, headers=pages.HEADERS)


@router.get("/problems")
async def list_problems(request: Request, lang: Wanted = None) -> Response:
    """Return the list of all problem types."""
    published: Published = request.app.state.published
    language = _language(request, lang)
    kinds = [published.problems[slug] for slug in sorted(published.problems)]
    return _html(pages.problem_index(kinds, language), language)


@router.get("/problems/{slug}")
async def read_problem(slug: Annotated[str, Path(max_length=100)], request: Request, lang: Wanted = None) -> Response:
    """Return what a problem means and what to do."""
    published: Published = request.app.state.published
    kind = published.problems.get(slug)
    if kind is None:
        raise Problem(problems.NOT_FOUND)
    language = _language(request, lang)
    return _html(pages.problem_page(kind, language), language)


@router.get("/.well-known/security.txt")
async def read_security_contact(request: Request, at: Now) -> Response:
    """Return where to report a weakness (RFC 9116)."""
    settings = request.app.state.settings
    expires = (at + _VALID).strftime("%Y-%m-%dT%H:%M:%SZ")
    return PlainTextResponse(
        f"Contact: {settings.security_contact}\nExpires: {expires}\n"
        f"Preferred-Languages: {', '.join(LANGUAGES)}\nCanonical: {settings.public_url}/.well-known/security.txt\n"
    )


def _language(request: Request, wanted: Language | None) -> Language:
    return wanted or language_of(request.headers.get("accept-language"))


def _html(page: str, language: Language) -> Response:
    headers = {**pages.HEADERS, "content-language": language, "vary": "Accept-Language"}
    return HTMLResponse(page, headers=headers)
