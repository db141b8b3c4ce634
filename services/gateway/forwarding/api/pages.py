"""The pages that people read: the documentation and what each problem means. No template engine, no script inline."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from services.kit.problems import LANGUAGES, Language

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}
_WORDS: Mapping[Language, Mapping[str, str]] = {
    "fr": {
        "status": "Code HTTP",
        "remedy": "Que faire",
        "code": "Code",
        "all": "Tous les problèmes",
        "back": "Problèmes",
    },
    "ar": {"status": "رمز HTTP", "remedy": "ما العمل", "code": "الرمز", "all": "جميع المشاكل", "back": "المشاكل"},
    "en": {"status": "HTTP status", "remedy": "What to do", "code": "Code", "all": "All problems", "back": "Problems"},
}
_NAMES: Mapping[Language, str] = {"fr": "Français", "ar": "العربية", "en": "English"}

DOCUMENTATION = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Indimaj API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui/swagger-ui.css">
<link rel="icon" href="/docs/assets/swagger-ui/favicon-32x32.png">
</head>
<body><main id="documentation"></main>
<script src="/docs/assets/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/docs/assets/documentation.js"></script>
</body></html>
"""


def problem_page(kind: Mapping[str, Any], language: Language) -> str:
    """Return the page of one problem type."""
    words = _WORDS[language]
    body = (
        f"<h1>{escape(kind['title'][language])}</h1>"
        f"<dl><dt>{words['code']}</dt><dd><code>{escape(kind['slug'])}</code></dd>"
        f"<dt>{words['status']}</dt><dd>{int(kind['status'])}</dd>"
        f"<dt>{words['remedy']}</dt><dd>{escape(kind['remedy'][language])}</dd></dl>"
        f'<p><a href="/problems">{words["all"]}</a></p>'
    )
    return _page(kind["title"][language], body, language)


def problem_index(kinds: Sequence[Mapping[str, Any]], language: Language) -> str:
    """Return the list of all problem types."""
    items = "".join(
        f'<li><a href="/problems/{escape(kind["slug"])}"><code>{escape(kind["slug"])}</code></a> '
        f"{escape(kind['title'][language])}</li>"
        for kind in kinds
    )
    heading = _WORDS[language]["back"]
    return _page(heading, f"<h1>{heading}</h1><ul>{items}</ul>", language)


def _page(title: str, body: str, language: Language) -> str:
    direction = "rtl" if language == "ar" else "ltr"
    others = " · ".join(
        f'<a lang="{other}" href="?lang={other}">{_NAMES[other]}</a>' for other in LANGUAGES if other != language
    )
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/docs/assets/pages.css"></head>'
        f"<body><nav>{others}</nav><main>{body}</main></body></html>"
    )
