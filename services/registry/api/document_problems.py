"""What each refusal about a document becomes on the wire."""

from collections.abc import Mapping

from services.kit import problems
from services.kit.problems import ProblemType, problem_type
from services.registry.clients.blobs import BlobMissingError, BlobStoreUnavailableError
from services.registry.clients.sealed_blobs import BlobDamagedError
from services.registry.domain import documents

DOCUMENT_TOO_LARGE = problem_type(
    "document-too-large", 413,
    ("Document trop volumineux", "الوثيقة كبيرة جدا", "The document is too large"),
    ("Réduisez la résolution de la numérisation, ou envoyez les pages séparément.",
     "خفض دقة المسح الضوئي أو أرسل الصفحات منفصلة.",
     "Scan at a lower resolution, or send the pages one by one."),
)  # fmt: skip
DOCUMENT_EMPTY = problem_type(
    "document-empty", 422,
    ("Document vide", "الوثيقة فارغة", "The document is empty"),
    ("Envoyez le contenu du fichier dans le corps de la requête.",
     "أرسل محتوى الملف في متن الطلب.",
     "Send the file's content as the body of the request."),
)  # fmt: skip
DOCUMENT_TYPE_REFUSED = problem_type(
    "document-content-refused", 415,
    ("Contenu refusé", "محتوى مرفوض", "The content was refused"),
    ("Envoyez un PDF ou une image (JPEG, PNG, TIFF, WebP) et nommez ce type dans Content-Type.",
     "أرسل ملف PDF أو صورة (JPEG أو PNG أو TIFF أو WebP) واذكر النوع في Content-Type.",
     "Send a PDF or a picture (JPEG, PNG, TIFF, WebP), and name that type in Content-Type."),
)  # fmt: skip
DOCUMENT_TYPE_UNKNOWN = problem_type(
    "document-type-unknown", 422,
    ("Type de document inconnu", "نوع الوثيقة غير معروف", "No such type of document"),
    ("Prenez un code de /v1/reference/document-types.",
     "اختر رمزا من /v1/reference/document-types.",
     "Take a code of /v1/reference/document-types."),
)  # fmt: skip
DOCUMENT_NOT_AVAILABLE = problem_type(
    "document-not-available", 409,
    ("Document indisponible", "الوثيقة غير متاحة", "The document is not available"),
    ("Il est en quarantaine ou y a été refusé : lisez `state`, attendez, ou envoyez un autre fichier.",
     "الوثيقة في الحجر أو رفضت: اطلع على state وانتظر، أو أرسل ملفا آخر.",
     "It is in quarantine, or was refused there: read `state`, wait, or send another file."),
)  # fmt: skip
LINK_REFUSED = problem_type(
    "document-link-expired", 404,
    ("Lien expiré ou inconnu", "رابط منتهي أو غير معروف", "The link has expired, or is none"),
    ("Demandez un nouveau lien à qui vous l'a donné.",
     "اطلب رابطا جديدا ممن أعطاك إياه.",
     "Ask whoever gave it to you for a new one."),
)  # fmt: skip

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    documents.DocumentNotFoundError: problems.NOT_FOUND,
    documents.DocumentTooLargeError: DOCUMENT_TOO_LARGE,
    documents.DocumentEmptyError: DOCUMENT_EMPTY,
    documents.DocumentTypeRefusedError: DOCUMENT_TYPE_REFUSED,
    documents.DocumentTypeUnknownError: DOCUMENT_TYPE_UNKNOWN,
    documents.DocumentNotAvailableError: DOCUMENT_NOT_AVAILABLE,
    documents.LinkRefusedError: LINK_REFUSED,
    BlobMissingError: DOCUMENT_NOT_AVAILABLE,
    BlobDamagedError: DOCUMENT_NOT_AVAILABLE,
    BlobStoreUnavailableError: problems.UNAVAILABLE,
}
CONSTRAINTS: Mapping[str, ProblemType] = {}
TYPES: tuple[ProblemType, ...] = ()
