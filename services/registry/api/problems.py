"""What each refusal of the register becomes on the wire."""

from collections.abc import Mapping

from services.kit import problems
from services.kit.problems import ProblemType, problem_type
from services.registry.domain import errors

IDENTIFIER_IN_USE = problem_type(
    "identifier-in-use", 409,
    ("Identifiant déjà attribué", "المعرف مستعمل بالفعل", "The identifier is already held"),
    ("Cherchez la personne par ce numéro (/v1/persons/search) et complétez sa fiche, ou corrigez le numéro.",
     "ابحث عن الشخص بهذا الرقم وأكمل ملفه، أو صحح الرقم.",
     "Search the person by this number (/v1/persons/search) and complete her record, or correct the number."),
)  # fmt: skip
PERIOD_OVERLAP = problem_type(
    "period-overlap", 409,
    ("Période déjà couverte", "الفترة مسجلة بالفعل", "The period is already covered"),
    ("Lisez ce qui est enregistré et donnez une période qui ne le recouvre pas.",
     "اقرأ ما هو مسجل وأدخل فترة لا تتداخل معه.",
     "Read what is stored and give a period that does not overlap it."),
)  # fmt: skip
TOO_FEW_CRITERIA = problem_type(
    "too-few-criteria", 422,
    ("Critères de recherche insuffisants", "معايير البحث غير كافية", "Too few criteria"),
    ("Donnez un identifiant ou un numéro de programme, ou bien un nom ou un téléphone avec un autre critère.",
     "أدخل معرفا أو رقم البرنامج، أو اسما أو هاتفا مع معيار آخر.",
     "Give an identifier or a programme number, or a name or telephone number with one more criterion."),
)  # fmt: skip
IMPORT_HEADER_REFUSED = problem_type(
    "import-header-refused", 422,
    ("En-tête du fichier refusé", "ترويسة الملف مرفوضة", "The file's header was refused"),
    ("Corrigez les colonnes nommées dans `errors` ; la documentation de /v1/imports donne les noms.",
     "صحح الأعمدة المذكورة في errors؛ الأسماء في وثائق /v1/imports.",
     "Correct the columns named in `errors`; the documentation of /v1/imports gives their names."),
)  # fmt: skip
IMPORT_EMPTY = problem_type(
    "import-empty", 422,
    ("Fichier vide", "الملف فارغ", "The file is empty"),
    ("Envoyez un fichier CSV en UTF-8 dont la première ligne nomme les colonnes.",
     "أرسل ملف CSV بترميز UTF-8 تحمل سطره الأول أسماء الأعمدة.",
     "Send a CSV file in UTF-8 whose first line names the columns."),
)  # fmt: skip
IMPORT_TOO_LARGE = problem_type(
    "import-too-large", 413,
    ("Fichier trop grand", "الملف كبير جدا", "The file is too large"),
    ("Un fichier tient en 200 Mio ; partagez-le et envoyez les parties l'une après l'autre.",
     "الحد الأقصى 200 ميبي ؛ قسم الملف.",
     "A file fits in 200 MiB; split it and send the parts one after the other."),
)  # fmt: skip
IMPORT_UNFINISHED = problem_type(
    "import-unfinished", 409,
    ("Import en cours", "الاستيراد جار", "The import has not ended"),
    ("Attendez la fin de la tâche (/v1/jobs), puis demandez le rapport.",
     "انتظر انتهاء المهمة ثم اطلب التقرير.",
     "Wait until the job has ended (/v1/jobs), then ask for the report."),
)  # fmt: skip

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    errors.PersonNotFoundError: problems.NOT_FOUND,
    errors.PaperNotFoundError: problems.NOT_FOUND,
    errors.ImportNotFoundError: problems.NOT_FOUND,
    errors.IdentifierInUseError: IDENTIFIER_IN_USE,
    errors.PeriodOverlapError: PERIOD_OVERLAP,
    errors.TooFewCriteriaError: TOO_FEW_CRITERIA,
    errors.ImportEmptyError: IMPORT_EMPTY,
    errors.ImportTooLargeError: IMPORT_TOO_LARGE,
}
CONSTRAINTS: Mapping[str, ProblemType] = {
    "uq_identifier_live": IDENTIFIER_IN_USE,
    "uq_legal_status_valid": PERIOD_OVERLAP,
    "uq_permit_valid": PERIOD_OVERLAP,
    "uq_address_valid": PERIOD_OVERLAP,
    "uq_nationality_valid": PERIOD_OVERLAP,
}
TYPES = (IMPORT_HEADER_REFUSED, IMPORT_UNFINISHED)
