"""What each refusal of a paper becomes on the wire."""

from collections.abc import Mapping

from services.kit.problems import ProblemType, problem_type
from services.registry.domain import corrections, errors, renewals

IDENTIFIER_AMBIGUOUS = problem_type(
    "identifier-ambiguous", 409,
    ("Numéro ambigu", "معرف ملتبس", "The number is ambiguous"),
    ("Le même numéro existe et l'un des deux émetteurs manque : donnez `issuer`, ou complétez la pièce enregistrée.",
     "الرقم نفسه مسجل وأحد بلدي الإصدار غير معروف: أدخل issuer أو أكمل الوثيقة المسجلة.",
     "The same number is stored and one of the two issuers is not known: give `issuer`, or complete the stored paper."),
)  # fmt: skip
IDENTIFIER_OF_PERMIT = problem_type(
    "identifier-of-permit", 409,
    ("Numéro d'un titre de séjour", "رقم سند إقامة", "The number of a residence title"),
    ("Corrigez le titre de séjour (/permits) : son numéro le suit.",
     "صحح سند الإقامة: رقمه يتبعه.",
     "Correct the residence title (/permits): its number follows it."),
)  # fmt: skip
PERMIT_NOT_RENEWABLE = problem_type(
    "permit-not-renewable", 409,
    ("Titre non renouvelable", "سند غير قابل للتجديد", "The title cannot be renewed"),
    ("Demandez le renouvellement du titre lui-même : un récépissé se prolonge, un titre retiré ne se renouvelle pas.",
     "اطلب تجديد السند نفسه: الوصل يمدد والسند المسحوب لا يجدد.",
     "Renew the title itself: a receipt is prolonged, and a withdrawn title is not renewed."),
)  # fmt: skip
RENEWAL_OPEN = problem_type(
    "renewal-open", 409,
    ("Renouvellement en cours", "تجديد جار", "A renewal is under way"),
    ("Prolongez le récépissé ou enregistrez l'issue de la demande en cours (/renewals).",
     "مدد الوصل أو سجل مآل الطلب الجاري.",
     "Prolong the receipt or record the outcome of the request under way (/renewals)."),
)  # fmt: skip
RENEWAL_DECIDED = problem_type(
    "renewal-decided", 409,
    ("Demande déjà tranchée", "طلب تم البت فيه", "The request has been decided"),
    ("Déposez une nouvelle demande de renouvellement, ou corrigez le titre.",
     "قدم طلب تجديد جديدا أو صحح السند.",
     "File a new request for renewal, or correct the title."),
)  # fmt: skip
PERMIT_NOT_VALID_THEN = problem_type(
    "permit-not-valid-then", 409,
    ("Titre non valable à cette date", "السند غير صالح في هذا التاريخ", "The title does not hold then"),
    ("Donnez un jour après le début du titre et avant sa fin, ou corrigez ses dates.",
     "أدخل يوما بعد بداية السند وقبل نهايته، أو صحح تواريخه.",
     "Give a day after the title begins and before it ends, or correct its dates."),
)  # fmt: skip
PROBLEMS: Mapping[type[Exception], ProblemType] = {
    errors.IdentifierAmbiguousError: IDENTIFIER_AMBIGUOUS,
    corrections.IdentifierOfPermitError: IDENTIFIER_OF_PERMIT,
    renewals.PermitNotRenewableError: PERMIT_NOT_RENEWABLE,
    renewals.PermitNotValidThenError: PERMIT_NOT_VALID_THEN,
    renewals.RenewalOpenError: RENEWAL_OPEN,
    renewals.RenewalDecidedError: RENEWAL_DECIDED,
}
CONSTRAINTS: Mapping[str, ProblemType] = {"uq_permit_renewal_open": RENEWAL_OPEN}
TYPES: tuple[ProblemType, ...] = ()
