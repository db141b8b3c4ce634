"""Which problem each refusal, and each breached constraint, becomes on the wire."""

from collections.abc import Mapping

from services.kit import problems
from services.kit.problems import ProblemType, problem_type
from services.training.courses.domain import errors

UNIT_UNKNOWN = problem_type(
    "unit-unknown", 422,
    ("Préfecture ou province inconnue dans cette région", "عمالة أو إقليم غير معروف في هذه الجهة",
     "No such prefecture or province in this region"),
    ("Prenez le code dans /v1/reference/regions.", "خذ الرمز من /v1/reference/regions.",
     "Take the code from /v1/reference/regions."),
)  # fmt: skip
REFERENCE_UNKNOWN = problem_type(
    "reference-unknown", 422,
    ("Référence inconnue au catalogue", "مرجع غير موجود في الدليل", "The catalogue has no such entry"),
    ("Publiez d'abord l'établissement ou la formation, puis donnez son identifiant.",
     "انشر المؤسسة أو التكوين أولا ثم أعط معرفه.",
     "Publish the institution or the programme first, then give its id."),
)  # fmt: skip
CODE_UNKNOWN = problem_type(
    "code-unknown", 422,
    ("Code inconnu", "رمز غير معروف", "Unknown code"),
    ("Choisissez un des codes de `allowed`.", "اختر أحد رموز allowed.", "Choose one of the codes in `allowed`."),
)  # fmt: skip
ADMISSION_RULE_UNFIT = problem_type(
    "admission-rule-unfit", 422,
    ("Règle d'admission inadaptée", "قاعدة قبول غير مناسبة", "The admission rule does not fit"),
    ("APPRENTICESHIP vaut pour l'apprentissage et lui seul ; sinon LEVEL ou ASSOCIATION_COURSE.",
     "APPRENTICESHIP خاصة بالتدرج المهني؛ وإلا LEVEL أو ASSOCIATION_COURSE.",
     "APPRENTICESHIP is for apprenticeships and only for them; else LEVEL or ASSOCIATION_COURSE."),
)  # fmt: skip
APPRENTICESHIP_SHARES = problem_type(
    "apprenticeship-shares", 422,
    ("Parts de l'apprentissage non respectées", "حصص التدرج المهني غير محترمة",
     "The shares of an apprenticeship are not met"),
    ("Donnez hours, enterprise_hours et centre_hours : au moins 80 % en entreprise et 10 % au centre (loi 12-00).",
     "حدد الساعات: 80% على الأقل في المقاولة و10% في المركز (القانون 12-00).",
     "Give hours, enterprise_hours and centre_hours: 80 % or more in the enterprise, 10 % in the centre (law 12-00)."),
)  # fmt: skip
CAPACITY_BELOW_ENROLLED = problem_type(
    "capacity-below-enrolled", 409,
    ("Capacité inférieure aux places prises", "الطاقة أقل من المقاعد المشغولة",
     "The capacity is below the seats taken"),
    ("Gardez au moins `seats_taken` places, ou retirez d'abord des inscriptions.",
     "احتفظ بعدد seats_taken من المقاعد على الأقل.",
     "Keep at least `seats_taken` seats, or withdraw enrolments first."),
)  # fmt: skip
FACTS_UNAVAILABLE = problem_type(
    "facts-unavailable", 503,
    ("Données de la personne indisponibles", "معطيات الشخص غير متاحة", "The person's facts are not available"),
    ("Le registre ne répond pas et rien n'a encore été reçu : recommencez dans un instant.",
     "السجل لا يجيب: أعد المحاولة بعد لحظة.",
     "The registry does not answer and nothing has come yet: try again in a moment."),
)  # fmt: skip
PERSON_DECEASED = problem_type(
    "person-deceased", 409,
    ("Décès enregistré", "وفاة مسجلة", "A death is recorded"),
    ("Le registre enregistre un décès ; s'il s'agit d'une erreur, faites-la rectifier au registre.",
     "السجل يتضمن وفاة؛ إذا كان خطأ فاطلب تصحيحه.",
     "The registry records a death; if that is an error, have it rectified in the registry."),
)  # fmt: skip
ALREADY_APPLIED = problem_type(
    "already-applied", 409,
    ("Candidature déjà déposée", "ترشيح مودع سابقا", "An application is there already"),
    ("La personne a une candidature pour cette session ; retirez-la avant d'en déposer une autre.",
     "للشخص ترشيح لهذه الدورة؛ اسحبه قبل إيداع غيره.",
     "The person has an application for this session; withdraw it before filing another."),
)  # fmt: skip
NOT_ADMISSIBLE = problem_type(
    "not-admissible", 409,
    ("Candidature non admissible, ou pas encore", "الترشيح غير مقبول أو لم يحسم بعد", "Not admissible, or not yet"),
    ("Voyez `outcome` et `reasons` : PENDING_INFO et REFER se tranchent par /v1/applications/{id}/decide.",
     "انظر outcome وreasons: تحسم الحالات المعلقة عبر /v1/applications/{id}/decide.",
     "See `outcome` and `reasons`: PENDING_INFO and REFER are settled by /v1/applications/{id}/decide."),
)  # fmt: skip
DECISION_NOT_OPEN = problem_type(
    "decision-not-open", 409,
    ("Rien à trancher", "لا شيء للحسم", "There is nothing to decide"),
    ("Les règles, ou une décision, ont déjà répondu ; un fait nouveau demande une candidature nouvelle.",
     "القواعد أو قرار سابق أجابا؛ المعطى الجديد يتطلب ترشيحا جديدا.",
     "The rules, or a decision, answered already; a new fact takes a new application."),
)  # fmt: skip
TRANSITION_REFUSED = problem_type(
    "transition-refused", 409,
    ("Étape impossible depuis l'état présent", "خطوة غير ممكنة من الحالة الراهنة", "Not a step from the present state"),
    ("Relisez l'état (`state`) ; une inscription se retire par /v1/enrolments/{id}/withdraw.",
     "أعد قراءة الحالة (state).",
     "Read the `state` again; an enrolment is withdrawn by /v1/enrolments/{id}/withdraw."),
)  # fmt: skip
SESSION_FULL = problem_type(
    "session-full", 409,
    ("Session complète", "الدورة مكتملة", "The session is full"),
    ("Toutes les places sont prises ; cherchez une autre session sur /v1/sessions.",
     "كل المقاعد مشغولة؛ ابحث عن دورة أخرى في /v1/sessions.",
     "Every seat is taken; look for another session on /v1/sessions."),
)  # fmt: skip
SESSION_NOT_OPEN = problem_type(
    "session-not-open", 409,
    ("Session fermée ou annulée", "الدورة مغلقة أو ملغاة", "The session is closed or cancelled"),
    ("Cherchez une autre session sur /v1/sessions.", "ابحث عن دورة أخرى في /v1/sessions.",
     "Look for another session on /v1/sessions."),
)  # fmt: skip
OVERLAPPING_COURSE = problem_type(
    "overlapping-course", 409,
    ("Dates en conflit avec une autre formation", "تواريخ متعارضة مع تكوين آخر", "The days overlap another course"),
    ("La personne est inscrite à une formation sur ces jours ; retirez-la d'abord, ou choisissez d'autres dates.",
     "الشخص مسجل في تكوين خلال هذه الأيام.",
     "The person holds a seat on a course on these days; withdraw it first, or choose other dates."),
)  # fmt: skip
ALREADY_ENROLLED = problem_type(
    "already-enrolled", 409,
    ("Déjà inscrite à cette session", "مسجل سابقا في هذه الدورة", "Enrolled on this session already"),
    ("La personne a sa place ; il n'y a rien à faire.", "للشخص مقعده.",
     "The person has her seat; nothing is to be done."),
)  # fmt: skip

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    errors.InstitutionNotFoundError: problems.NOT_FOUND,
    errors.ProgrammeNotFoundError: problems.NOT_FOUND,
    errors.SessionNotFoundError: problems.NOT_FOUND,
    errors.ApplicationNotFoundError: problems.NOT_FOUND,
    errors.EnrolmentNotFoundError: problems.NOT_FOUND,
    errors.UnitUnknownError: UNIT_UNKNOWN,
    errors.ReferenceUnknownError: REFERENCE_UNKNOWN,
    errors.CodeUnknownError: CODE_UNKNOWN,
    errors.AdmissionRuleUnfitError: ADMISSION_RULE_UNFIT,
    errors.ApprenticeshipSharesError: APPRENTICESHIP_SHARES,
    errors.CapacityBelowEnrolledError: CAPACITY_BELOW_ENROLLED,
    errors.FactsUnavailableError: FACTS_UNAVAILABLE,
    errors.PersonDeceasedError: PERSON_DECEASED,
    errors.AlreadyAppliedError: ALREADY_APPLIED,
    errors.NotAdmissibleError: NOT_ADMISSIBLE,
    errors.RulingNotOpenError: DECISION_NOT_OPEN,
    errors.TransitionRefusedError: TRANSITION_REFUSED,
    errors.SessionFullError: SESSION_FULL,
    errors.SessionNotOpenError: SESSION_NOT_OPEN,
    errors.OverlappingCourseError: OVERLAPPING_COURSE,
}

CONSTRAINTS: Mapping[str, ProblemType] = {
    "uq_application_live": ALREADY_APPLIED,
    "uq_enrolment_live": ALREADY_ENROLLED,
    "ex_enrolment_overlap": OVERLAPPING_COURSE,
    "ck_course_session_seats": SESSION_FULL,
    "fk_institution_region_unit_unit": UNIT_UNKNOWN,
    "fk_course_session_region_unit_unit": UNIT_UNKNOWN,
    "fk_programme_institution_id_institution": REFERENCE_UNKNOWN,
    "fk_course_session_programme_id_programme": REFERENCE_UNKNOWN,
}
