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
    ActingForRequiredError,
    ActingForUnreadableError,
    AddressTooLongError,
    AgreementExpiredError,
    BodyTooLargeError,
    BodyTooSlowError,
    FieldNotAgreedError,
    HeadersTooLargeError,
    LimitedError,
    LimitTooSmallError,
    MalformedHeaderError,
    MalformedPathError,
    OverloadedError,
    PartnerUnknownError,
    PolicyUnknownError,
    ProofInvalidError,
    PurposeNotAgreedError,
    PurposeRequiredError,
    PurposeUnknownError,
    RefusedError,
    ResourceNotAgreedError,
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

ACTING_FOR_REQUIRED = problem_type(
    "acting-for-required", 400,
    ("Personne servie non nommée", "لم يذكر الشخص المخدوم", "The person acted for is missing"),
    ("Votre application sert une personne à la fois : donnez son identifiant dans l'en-tête Acting-For.",
     "تطبيقكم يخدم شخصا واحدا في كل مرة: اذكر معرفه في ترويسة Acting-For.",
     "Your application serves one person at a time: give her id in the Acting-For header."),
)  # fmt: skip
ACTING_FOR_UNREADABLE = problem_type(
    "acting-for-unreadable", 400,
    ("Personne servie illisible", "معرف الشخص المخدوم غير مقروء", "The person acted for cannot be read"),
    ("Donnez dans l'en-tête Acting-For l'identifiant d'une personne, un UUID.",
     "ضع في ترويسة Acting-For معرف شخص واحد بصيغة UUID.",
     "Give one person's id, a UUID, in the Acting-For header."),
)  # fmt: skip
AGREEMENT_EXPIRED = problem_type(
    "agreement-expired", 403,
    ("Convention terminée", "انتهت الاتفاقية", "The agreement is over"),
    ("La convention `authorisation_number` a pris fin le `ended_on`. Demandez-en une nouvelle au programme.",
     "انتهت الاتفاقية المذكورة في authorisation_number بتاريخ ended_on. اطلب من البرنامج إبرام اتفاقية جديدة.",
     "The agreement of `authorisation_number` ended on `ended_on`. Ask the programme for a new one."),
)  # fmt: skip
TOO_MANY = problem_type(
    "too-many-requests", 429,
    ("Trop de demandes", "طلبات كثيرة جدا", "Too many requests"),
    ("Attendez le nombre de secondes que donne `Retry-After`. Le programme peut relever la limite de votre organisme.",
     "انتظر عدد الثواني المذكور في Retry-After. يمكن للبرنامج رفع حد مؤسستكم.",
     "Wait as many seconds as `Retry-After` says. The programme can raise your organisation's limit."),
)  # fmt: skip
LIMIT_TOO_SMALL = problem_type(
    "limit-too-small", 422,
    ("Limite trop basse", "الحد منخفض جدا", "The limit is too small"),
    ("Donnez une réserve (`burst`) au moins égale au coût d'un appel de cette classe ; voir docs/limits.md.",
     "اجعل burst مساويا على الأقل لتكلفة طلب واحد من هذه الفئة.",
     "Give a `burst` of at least what one call of the class costs; see docs/limits.md."),
)  # fmt: skip

TYPES = (MALFORMED_PATH, ADDRESS_TOO_LONG, MALFORMED_HEADER, HEADERS_TOO_LARGE, TOO_SLOW, MISBEHAVED, TOO_MANY,
         AGREEMENT_EXPIRED)  # fmt: skip

REFUSALS: Mapping[type[Exception], ProblemType] = {
    LimitTooSmallError: LIMIT_TOO_SMALL,
    PartnerUnknownError: problems.NOT_FOUND,
    PolicyUnknownError: problems.NOT_FOUND,
}
"""Those of the area's own routes."""

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    AddressTooLongError: ADDRESS_TOO_LONG,
    HeadersTooLargeError: HEADERS_TOO_LARGE,
    MalformedPathError: MALFORMED_PATH,
    MalformedHeaderError: MALFORMED_HEADER,
    TokenMissingError: problems.UNAUTHENTICATED,
    TokenInvalidError: problems.UNAUTHENTICATED,
    ProofInvalidError: problems.UNAUTHENTICATED,
    ScopeMissingError: problems.INSUFFICIENT_SCOPE,
    PurposeRequiredError: problems.PURPOSE_REQUIRED,
    PurposeUnknownError: problems.PURPOSE_UNKNOWN,
    ActingForRequiredError: ACTING_FOR_REQUIRED,
    ActingForUnreadableError: ACTING_FOR_UNREADABLE,
    PurposeNotAgreedError: problems.PURPOSE_NOT_AGREED,
    AgreementExpiredError: AGREEMENT_EXPIRED,
    ResourceNotAgreedError: problems.RESOURCE_NOT_AGREED,
    FieldNotAgreedError: problems.FIELD_NOT_AGREED,
    BodyTooLargeError: problems.TOO_LARGE,
    BodyTooSlowError: TOO_SLOW,
    LimitedError: TOO_MANY,
    OverloadedError: problems.UNAVAILABLE,
    UpstreamBusyError: problems.UNAVAILABLE,
    UpstreamUnavailableError: problems.UNAVAILABLE,
    UpstreamTimeoutError: problems.TIMED_OUT,
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
    elif isinstance(error, ProofInvalidError):
        headers["www-authenticate"] = 'DPoP realm="indimaj", error="invalid_dpop_proof", algs="ES256"'
    elif isinstance(error, ScopeMissingError) and operation is not None:
        wanted = " ".join(sorted(operation.scopes[0]))
        headers["www-authenticate"] = f'Bearer realm="indimaj", error="insufficient_scope", scope="{wanted}"'
    elif isinstance(error, LimitedError):
        headers |= error.headers
    elif isinstance(error, BodyTooLargeError | BodyTooSlowError):
        headers["connection"] = "close"
    if kind is problems.UNAVAILABLE:
        headers["retry-after"] = str(getattr(error, "retry_after_s", 1))
    return Problem(kind, headers=headers, extensions=getattr(error, "extensions", {}))
