"""Render a page under headers that let nothing in from elsewhere."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from services.gateway.pages.languages import NAMES, direction, words
from services.kit.clock import CASABLANCA
from services.kit.problems import LANGUAGES, Language

_HERE = Path(__file__).parent
HEADERS = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "vary": "Accept-Language, Cookie",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def policy(form_action: Iterable[str] = ()) -> str:
    """Return the content security policy.

    Args:
        form_action: Sources that a form's answer may lead on to, beside our own; browsers hold redirects against them.
    """
    targets = " ".join(["'self'", *form_action])
    return f"default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action {targets}"


class Pages:
    """The pages of one area.

    Args:
        folder: Holds the area's `templates/` and `strings/`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = Environment(
            loader=FileSystemLoader([folder / "templates", _HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["moment"] = _moment

    def render(
        self,
        request: Request,
        template: str,
        *,
        language: Language,
        status: int = 200,
        form_action: Iterable[str] = (),
        **context: Any,
    ) -> HTMLResponse:
        """Return a page.

        Args:
            request: What is answered; links to the other languages lead to the same address.
            template: Name of the template.
            language: Of the page.
            status: Of the answer.
            form_action: See `policy`.
            context: For the template; all of it is escaped.
        """
        body = self._environment.get_template(template).render(
            context,
            language=language,
            direction=direction(language),
            languages=[(other, NAMES[other], _in_language(request, other)) for other in LANGUAGES],
            t=lambda name, **values: self._text(language, name, values),
        )
        headers = HEADERS | {"content-language": language, "content-security-policy": policy(form_action)}
        return HTMLResponse(body, status, headers)

    def _text(self, language: Language, name: str, values: dict[str, object]) -> str:
        """Return a text, its places filled; what fills them is escaped by the template like everything else."""
        area = words(self._folder, language)
        text = area[name] if name in area else words(_HERE, language)[name]
        for place, value in values.items():
            text = text.replace(f"{{{place}}}", str(value))
        return text


def _in_language(request: Request, language: Language) -> str:
    """Return the query of the same page in another language."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return "?" + urlencode([*kept, ("lang", language)])


def _moment(at: datetime) -> str:
    return at.astimezone(CASABLANCA).strftime("%d/%m/%Y %H:%M")
