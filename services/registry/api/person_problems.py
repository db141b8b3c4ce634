"""What refusals about the person herself become on the wire."""

from collections.abc import Mapping

from services.kit import problems
from services.kit.problems import ProblemType, problem_type
from services.registry.domain import errors

CONTACT_REPEATED = problem_type(
    "contact-repeated", 409,
    ("Coordonnée déjà enregistrée", "وسيلة الاتصال مسجلة بالفعل", "The contact is there already"),
    ("Modifiez celle qui est enregistrée (/v1/persons/{id}/contacts) au lieu d'en ajouter une autre.",
     "عدل وسيلة الاتصال المسجلة بدل إضافة أخرى.",
     "Amend the one that is stored (/v1/persons/{id}/contacts) instead of adding another."),
)  # fmt: skip
NOTHING_KNOWN = problem_type(
    "nothing-known", 409,
    ("Rien à vérifier", "لا شيء للتحقق منه", "Nothing to verify"),
    ("Rien n'est connu du champ nommé dans `errors` : enregistrez d'abord la valeur.",
     "لا شيء معروف عن الحقل المذكور في errors: سجل القيمة أولا.",
     "Nothing is known of the field named in `errors`: record the value first."),
)  # fmt: skip

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    errors.ContactNotFoundError: problems.NOT_FOUND,
    errors.ContactRepeatedError: CONTACT_REPEATED,
    errors.NothingKnownError: NOTHING_KNOWN,
}
CONSTRAINTS: Mapping[str, ProblemType] = {}
TYPES: tuple[ProblemType, ...] = ()
