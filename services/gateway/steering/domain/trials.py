"""One call that a visitor tries: the request as it goes out, and the same in three languages of programs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from services.gateway.steering.domain.offers import Offer

_QUOTE = "'\\''"


@dataclass(frozen=True, slots=True)
class Trial:
    """A request.

    Attributes:
        target: Path and query, escaped.
        headers: All but the token.
        body: JSON as it was typed; empty for none.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: str = ""


class MissingParameterError(Exception):
    """A parameter that the path needs is empty.

    Attributes:
        name: Of the parameter.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def trial_of(offer: Offer, form: Mapping[str, str], *, language: str, key: str) -> Trial:
    """Return the request that a filled form stands for.

    Args:
        offer: What is called.
        form: Fields by name: `purpose`, `body`, and those of the parameters.
        language: In which refusals are told.
        key: The idempotency key of a change.

    Raises:
        MissingParameterError: A path cannot be made.
    """
    path, query = offer.path, []
    headers = {"Accept": "application/json", "Accept-Language": language}
    for parameter in offer.parameters:
        value = form.get(parameter.field, "").strip()
        if parameter.place == "path":
            if not value:
                raise MissingParameterError(parameter.name)
            path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
        elif value and parameter.place == "query":
            query.append((parameter.name, value))
        elif value:
            headers["-".join(part.capitalize() for part in parameter.name.split("-"))] = value
    if form.get("purpose"):
        headers["Purpose"] = form["purpose"]
    body = form.get("body", "").strip() if offer.body else ""
    if body:
        headers["Content-Type"] = offer.media_type
    if offer.method == "POST" and offer.writes:
        headers["Idempotency-Key"] = key
    target = f"{path}?{urlencode(query)}" if query else path
    return Trial(offer.method, target, headers, body)


def as_curl(trial: Trial, server: str) -> str:
    """Return the request as a command for a shell; the token comes from its environment."""
    lines = [f"curl --request {trial.method} {_shell(server + trial.target)}"]
    lines.append('--header "Authorization: Bearer $TOKEN"')
    lines += [f"--header {_shell(f'{name}: {value}')}" for name, value in trial.headers.items()]
    if trial.body:
        lines.append(f"--data {_shell(trial.body)}")
    return " \\\n  ".join(lines)


def as_python(trial: Trial, server: str) -> str:
    """Return the request as Python (httpx)."""
    body = f"    content={trial.body!r}.encode(),\n" if trial.body else ""
    headers = "".join(f"        {name!r}: {value!r},\n" for name, value in trial.headers.items())
    return (
        "import os\n\nimport httpx\n\n"
        f"answer = httpx.request(\n    {trial.method!r},\n    {server + trial.target!r},\n"
        f"    headers={{\n        'Authorization': f\"Bearer {{os.environ['TOKEN']}}\",\n{headers}    }},\n{body})\n"
        "answer.raise_for_status()\nprint(answer.json())"
    )


def as_javascript(trial: Trial, server: str) -> str:
    """Return the request as JavaScript (Node or Deno, without a library)."""
    headers = "".join(f"    {_js(name)}: {_js(value)},\n" for name, value in trial.headers.items())
    body = f"  body: {_js(trial.body)},\n" if trial.body else ""
    return (
        f"const answer = await fetch({_js(server + trial.target)}, {{\n  method: {_js(trial.method)},\n"
        f"  headers: {{\n    Authorization: `Bearer ${{process.env.TOKEN}}`,\n{headers}  }},\n{body}}});\n"
        "if (!answer.ok) throw new Error(`HTTP ${answer.status}`);\nconsole.log(await answer.json());"
    )


def _shell(text: str) -> str:
    return "'" + text.replace("'", _QUOTE) + "'"


def _js(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
