"""What a service publishes, read from its OpenAPI document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.gateway.forwarding.domain.errors import UnpublishableDocumentError

LOCAL = "gateway"
"""The target of operations that the gateway answers itself."""

SCHEME = "oauth2"
"""The one security scheme that the gates check; an operation of the gateway's own with another guards itself."""

METHODS = frozenset({"get", "post", "put", "patch", "delete"})
DEADLINE_S = 15.0
"""Longest wait for the head of an answer, in seconds, where the operation says nothing else."""

STREAMING_DEADLINE_S = 300.0
"""The same for operations that take a streamed body."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path template.

    Attributes:
        service: Name of the upstream, or LOCAL.
        operation_id: The OpenAPI operationId, unique across services.
        method: Upper case.
        template: Such as `/v1/persons/{person_id}`.
        scopes: Alternatives; the caller must hold every scope of one of them. Empty: open to all.
        personal: Whether it touches personal data, so that a purpose must be named.
        streaming: Whether the request body may pass the size limit.
        deadline_s: Seconds until the head of the answer must be here.
        field: The one field of its resource that the whole operation is about, as a list of identifiers is.
        for_persons: Whether a client that serves persons names one here, although no person's data are touched.
    """

    service: str
    operation_id: str
    method: str
    template: str
    scopes: tuple[frozenset[str], ...] = ()
    personal: bool = False
    streaming: bool = False
    deadline_s: float = DEADLINE_S
    field: str | None = None
    for_persons: bool = False


def published(service: str, document: Mapping[str, Any]) -> Iterator[Operation]:
    """Yield the public operations of a document.

    Operations marked `x-internal: true` are left out.

    Raises:
        UnpublishableDocumentError: An operation has no operationId, or is not the gateway's own and declares no
            `security` (an empty list, written down, makes it open to all).
    """
    for template, item in document.get("paths", {}).items():
        for method in sorted(METHODS & item.keys()):
            entry = item[method]
            if not entry.get("x-internal", False):
                yield _operation(
                    service, template, method, [*item.get("parameters", ()), *entry.get("parameters", ())], entry
                )


def _operation(
    service: str, template: str, method: str, parameters: list[Mapping[str, Any]], entry: Mapping[str, Any]
) -> Operation:
    name = f"{service} {method} {template}"
    if not entry.get("operationId"):
        raise UnpublishableDocumentError(f"{name}: no operationId")
    security = entry.get("security")
    if service != LOCAL and (security is None or any(SCHEME not in requirement for requirement in security)):
        raise UnpublishableDocumentError(f"{name}: no {SCHEME} security; an open operation says `security: []`")
    streaming = bool(entry.get("x-streaming-body", False)) or _takes_files(entry)
    return Operation(
        service=service,
        operation_id=entry["operationId"],
        method=method.upper(),
        template=template,
        scopes=tuple(frozenset(requirement[SCHEME]) for requirement in security or () if SCHEME in requirement),
        personal=bool(entry.get("x-personal-data", False)),
        streaming=streaming,
        deadline_s=(STREAMING_DEADLINE_S if streaming else DEADLINE_S) + _longest_poll(parameters),
        field=entry.get("x-field"),
        for_persons=bool(entry.get("x-acting-for", False)),
    )


def _takes_files(entry: Mapping[str, Any]) -> bool:
    """Say whether an operation takes something else than JSON: files are streamed, however long they are."""
    return not all(media_type.endswith("json") for media_type in entry.get("requestBody", {}).get("content", {}))


def _longest_poll(parameters: list[Mapping[str, Any]]) -> float:
    """Return how long a caller may ask the service to wait before it answers (`wait`, in seconds)."""
    for parameter in parameters:
        if parameter.get("in") == "query" and parameter.get("name") == "wait":
            return float(parameter.get("schema", {}).get("maximum", 0))
    return 0.0
