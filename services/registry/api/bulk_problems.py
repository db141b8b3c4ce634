"""What each refusal of files that come and go becomes on the wire."""

from collections.abc import Mapping

from services.kit import problems
from services.kit.problems import ProblemType, problem_type
from services.registry.domain import bulk_errors as errors

WORKBOOK_REFUSED = problem_type(
    "workbook-refused", 422,
    ("Classeur illisible", "المصنف غير مقروء", "The workbook cannot be read"),
    ("Enregistrez le fichier au format XLSX sans mot de passe, une ligne d'en-tête dans la première feuille.",
     "احفظ الملف بصيغة XLSX دون كلمة سر، وضع سطر الأسماء في الورقة الأولى.",
     "Save the file as XLSX without a password, with the header as the first row of the first sheet."),
)  # fmt: skip
EXPORT_UNFINISHED = problem_type(
    "export-unfinished", 409,
    ("Export en cours", "التصدير جار", "The export has not ended"),
    ("Attendez que la tâche réussisse (/v1/jobs), puis demandez le fichier.",
     "انتظر نجاح المهمة ثم اطلب الملف.",
     "Wait until the job has succeeded (/v1/jobs), then ask for the file."),
)  # fmt: skip

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    errors.WorkbookRefusedError: WORKBOOK_REFUSED,
    errors.ExportNotFoundError: problems.NOT_FOUND,
    errors.ExportUnfinishedError: EXPORT_UNFINISHED,
}
CONSTRAINTS: Mapping[str, ProblemType] = {}
TYPES = ()
