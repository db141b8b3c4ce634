"""Which problem each refusal about partners, clients, agreements and proposals becomes."""

from collections.abc import Mapping

from services.gateway.access.domain import errors
from services.kit import problems
from services.kit.problems import ProblemType, problem_type

SECOND_PERSON = problem_type(
    "second-person-required", 409,
    ("Une deuxième personne doit approuver", "يجب أن يوافق شخص ثان", "A second person must approve"),
    ("Demandez à une autre personne qui administre les partenaires d'approuver : qui propose n'approuve pas.",
     "اطلب من شخص آخر يدير الشركاء أن يوافق: من يقترح لا يوافق.",
     "Ask another person who administers partners to approve: who proposes does not approve."),
)  # fmt: skip
ALREADY_DECIDED = problem_type(
    "already-decided", 409,
    ("Proposition déjà tranchée", "تم البت في الاقتراح", "The proposal is decided already"),
    ("Relisez la proposition ; pour changer encore, faites-en une nouvelle.",
     "أعد قراءة الاقتراح، وقدم اقتراحا جديدا للتغيير.",
     "Read the proposal again; to change something more, make a new one."),
)  # fmt: skip
ALREADY_PROPOSED = problem_type(
    "already-proposed", 409,
    ("Changement déjà proposé", "التغيير مقترح من قبل", "The change is proposed already"),
    ("Faites trancher la proposition ouverte (/v1/approvals), ou retirez-la.",
     "ابت في الاقتراح المفتوح أو اسحبه (/v1/approvals).",
     "Have the open proposal decided (/v1/approvals), or withdraw it."),
)  # fmt: skip
PROPOSAL_STALE = problem_type(
    "proposal-stale", 409,
    ("Proposition dépassée", "اقتراح متجاوز", "The proposal is out of date"),
    ("L'objet a changé depuis : rejetez la proposition et proposez de nouveau.",
     "تغير الموضوع منذئذ: ارفض الاقتراح وقدم اقتراحا جديدا.",
     "What it would change has changed since: reject it and propose again."),
)  # fmt: skip
AGREEMENT_STATE = problem_type(
    "agreement-state", 409,
    ("État de la convention inadapté", "حالة الاتفاقية غير ملائمة", "The agreement is in another state"),
    ("Relisez la convention : proposée, elle s'approuve ou se rejette ; active, elle se réduit ou se termine.",
     "أعد قراءة الاتفاقية: تعتمد المقترحة فقط، وتقلص أو تنهى السارية فقط.",
     "Read the agreement again: a proposed one is approved or rejected, an active one is narrowed or ended."),
)  # fmt: skip
AGREEMENT_WIDENS = problem_type(
    "agreement-widens", 409,
    ("La modification étend la convention", "التعديل يوسع الاتفاقية", "The change would widen the agreement"),
    ("Proposez une nouvelle convention : une modification ne peut que réduire.",
     "اقترح اتفاقية جديدة: التعديل يقلص فقط.",
     "Propose a new agreement: an amendment can only narrow."),
)  # fmt: skip
AGREEMENT_UNFIT = problem_type(
    "agreement-unfit", 422,
    ("Convention inapplicable", "اتفاقية غير قابلة للتطبيق", "The agreement cannot be applied"),
    ("Choisissez les ressources, actions et champs de /v1/data-catalogue, chaque ressource une seule fois.",
     "اختر الموارد والأفعال والحقول من /v1/data-catalogue، كل مورد مرة واحدة.",
     "Choose resources, actions and fields of /v1/data-catalogue, each resource once."),
)  # fmt: skip
PARTNER_EXISTS = problem_type(
    "partner-exists", 409,
    ("Code déjà pris", "الرمز مستعمل", "The code is taken"),
    ("Choisissez un autre code, ou modifiez l'organisme existant.", "اختر رمزا آخر أو عدل الهيئة الموجودة.",
     "Choose another code, or change the organisation that has it."),
)  # fmt: skip
CLIENT_EXISTS = problem_type(
    "client-exists", 409,
    ("Identifiant de client déjà pris", "معرف العميل مستعمل", "The client id is taken"),
    ("Choisissez un autre `client_id`, ou n'en donnez pas.", "اختر client_id آخر أو لا تعط أيا.",
     "Choose another `client_id`, or give none."),
)  # fmt: skip
CLIENT_UNFIT = problem_type(
    "client-unfit", 422,
    ("Client incohérent", "عميل غير متسق", "The parts of the client do not fit together"),
    ("Corrigez la partie désignée ; docs/agreements.md dit ce qui va ensemble.", "صحح الجزء المشار إليه.",
     "Mend the part that is pointed at; docs/agreements.md says what goes together."),
)  # fmt: skip
SCOPE_UNKNOWN = problem_type(
    "scope-unknown", 422,
    ("Droit inconnu", "صلاحية غير معروفة", "Unknown scope"),
    ("Choisissez parmi `scopes_supported` de /.well-known/oauth-authorization-server.",
     "اختر من scopes_supported في /.well-known/oauth-authorization-server.",
     "Choose from `scopes_supported` of /.well-known/oauth-authorization-server."),
)  # fmt: skip
NO_SECRET = problem_type(
    "client-without-secret", 409,
    ("Ce client n'a pas de secret", "لا سر لهذا العميل", "The client has no secret"),
    ("Remplacez ses clés publiques (`jwks`) par PATCH.", "استبدل مفاتيحه العمومية (jwks) عبر PATCH.",
     "Replace its public keys (`jwks`) by PATCH."),
)  # fmt: skip
OWN_SECRET = problem_type(
    "own-secret-only", 409,
    ("Réservé au client lui-même", "خاص بالعميل نفسه", "Only the client itself may do this"),
    ("Un client qui administre les partenaires renouvelle ses secrets et ses clés lui-même, ou sur la machine.",
     "العميل الذي يدير الشركاء يجدد أسراره ومفاتيحه بنفسه أو على الجهاز.",
     "A client that administers partners renews its secrets and keys itself, or on the machine."),
)  # fmt: skip

REFUSALS: Mapping[type[Exception], ProblemType] = {
    errors.SecondPersonRequiredError: SECOND_PERSON,
    errors.AlreadyDecidedError: ALREADY_DECIDED,
    errors.AlreadyProposedError: ALREADY_PROPOSED,
    errors.ProposalStaleError: PROPOSAL_STALE,
    errors.AgreementStateError: AGREEMENT_STATE,
    errors.TermsWidenedError: AGREEMENT_WIDENS,
    errors.TermsRefusedError: AGREEMENT_UNFIT,
    errors.UnknownPartnerError: problems.NOT_FOUND,
    errors.PartnerExistsError: PARTNER_EXISTS,
    errors.ClientExistsError: CLIENT_EXISTS,
    errors.ClientUnfitError: CLIENT_UNFIT,
    errors.UnknownScopeError: SCOPE_UNKNOWN,
    errors.NoSecretError: NO_SECRET,
    errors.OwnSecretError: OWN_SECRET,
}
