"""Which problem each refusal of the door becomes."""

from collections.abc import Mapping

from services.gateway.forwarding.clients.upstream import (
    UpstreamBusyError,
    UpstreamError,
    UpstreamProtocolError,
    UpstreamTimeoutError,
    UpstreamUnavailableError,
)
from services.gateway.forwarding.domain.errors import (
    AddressTooLongError,
    BodyTooLargeError,
    BodyTooSlowError,
    HeadersTooLargeError,
    MalformedHeaderError,
    MalformedPathError,
    PurposeNotAgreedError,
    PurposeRequiredError,
    PurposeUnknownError,
    RefusedError,
    ScopeMissingError,
    TokenInvalidError,
    TokenMissingError,
)
from services.gateway.forwarding.domain.operations import Operation
from services.kit import problems
from services.kit.problems import Problem, ProblemType, problem_type

MALFORMED_PATH = problem_type(
    "malformed-path", 400,
    ("Adresse illisible", "عنوان غير مقروء", "The address cannot be read"),
    ("Envoyez le chemin tel que la documentation l'écrit, sans caractère échappé, sans « // », « .. » ni « ; ».",
     "أرسل المسار كما هو مكتوب في الوثائق دون رموز مشفرة.",
     "Send the path as the documentation writes it: no escapes, no `//`, no `..`, no `;`."),
)  # fmt: skip
ADDRESS_TOO_LONG = problem_type(
    "address-too-long", 414,
    ("Adresse trop longue", "العنوان طويل جدا", "The address is too long"),
    ("Employez les critères de la documentation ; les longues listes passent par un corps JSON.",
     "استعمل المعايير المذكورة في الوثائق.",
     "Use the criteria that the documentation names; long lists go into a JSON body."),
)  # fmt: skip
HEADERS_TOO_LARGE = problem_type(
    "headers-too-large", 431,
    ("En-têtes trop grands", "الترويسات كبيرة جدا", "The headers are too large"),
    ("Retirez les en-têtes que la documentation ne nomme pas.", "احذف الترويسات غير المذكورة في الوثائق.",
     "Remove the headers that the documentation does not name."),
)  # fmt: skip
MALFORMED_HEADER = problem_type(
    "malformed-header", 400,
    ("En-tête illisible", "ترويسة غير مقروءة", "A header cannot be read"),
    ("Envoyez chaque en-tête une seule fois, en ASCII.", "أرسل كل ترويسة مرة واحدة فقط.",
     "Send each header once, in ASCII."),
)  # fmt: skip
TOO_SLOW = problem_type(
    "body-too-slow", 408,
    ("Corps trop lent à venir", "نص الطلب بطيء جدا", "The body came too slowly"),
    ("Recommencez sur une meilleure liaison, ou envoyez moins à la fois.", "أعد المحاولة باتصال أفضل.",
     "Try again over a better line, or send less at a time."),
)  # fmt: skip
MISBEHAVED = problem_type(
    "service-misbehaved", 502,
    ("Réponse inutilisable d'un service", "رد غير صالح من إحدى الخدمات", "A service gave an unusable answer"),
    ("Recommencez ; si cela dure, signalez la valeur de `instance` au support.",
     "أعد المحاولة، وإن تكرر فأبلغ الدعم بقيمة instance.",
     "Try again; if it lasts, report the value of `instance` to support."),
)  # fmt: skip
TIMED_OUT = problem_type(
    "service-timeout", 504,
    ("Un service n'a pas répondu à temps", "لم ترد إحدى الخدمات في الوقت المحدد", "A service did not answer in time"),
    ("Relisez l'état avant de recommencer : la demande a pu aboutir. Une clé d'idempotence rend la répétition sûre.",
     "تحقق من الحالة قبل إعادة المحاولة، فقد يكون الطلب قد نفذ.",
     "Read the state before you try again: the request may have had its effect. Idempotency keys make repeating safe."),
)  # fmt: skip

TYPES = (MALFORMED_PATH, ADDRESS_TOO_LONG, MALFORMED_HEADER, HEADERS_TOO_LARGE, TOO_SLOW, MISBEHAVED, TIMED_OUT)

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    AddressTooLongError: ADDRESS_TOO_LONG,
    HeadersTooLargeError: HEADERS_TOO_LARGE,
    MalformedPathError: MALFORMED_PATH,
    MalformedHeaderError: MALFORMED_HEADER,
    TokenMissingError: problems.UNAUTHENTICATED,
    TokenInvalidError: problems.UNAUTHENTICATED,
    ScopeMissingError: problems.INSUFFICIENT_SCOPE,
    PurposeRequiredError: problems.PURPOSE_REQUIRED,
    PurposeUnknownError: problems.PURPOSE_UNKNOWN,
    PurposeNotAgreedError: problems.PURPOSE_NOT_AGREED,
    BodyTooLargeError: problems.TOO_LARGE,
    BodyTooSlowError: TOO_SLOW,
    UpstreamBusyError: problems.UNAVAILABLE,
    UpstreamUnavailableError: problems.UNAVAILABLE,
    UpstreamTimeoutError: TIMED_OUT,
    UpstreamProtocolError: MISBEHAVED,
}


def problem_for(error: RefusedError | UpstreamError, operation: Operation | None = None) -> Problem:
    """Return the problem of a refusal, with the headers that belong to its status."""
    kind = next(PROBLEMS[ancestor] for ancestor in type(error).__mro__ if ancestor in PROBLEMS)
    headers: dict[str, str] = {}
    if isinstance(error, TokenMissingError):
        headers["www-authenticate"] = 'Bearer realm="indimaj"'
    elif isinstance(error, TokenInvalidError):
        headers["www-authenticate"] = 'Bearer realm="indimaj", error="invalid_token"'
    elif isinstance(error, ScopeMissingError) and operation is not None:
        wanted = " ".join(sorted(operation.scopes[0]))
        headers["www-authenticate"] = f'Bearer realm="indimaj", error="insufficient_scope", scope="{wanted}"'
    elif isinstance(error, BodyTooLargeError | BodyTooSlowError):
        headers["connection"] = "close"
    if kind is problems.UNAVAILABLE:
        headers["retry-after"] = "1"
    return Problem(kind, headers=headers)
