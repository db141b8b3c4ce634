"""Random cases: every fact known, half known or not known at all."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import strategies as st

from services.health.coverage.domain.facts import (
    Case,
    Declared,
    Facts,
    HeldCover,
    Household,
    Identifier,
    LegalStatus,
    Permit,
    Relation,
    Residence,
    Source,
)
from services.kit.periods import BirthInterval, Period, Precision
from tests.health.builders import AWA, NOW

STATUSES = [
    "ASYLUM_SEEKER_UNHCR", "REFUGEE_UNHCR_MANDATE", "REFUGEE_BRA", "RECEPISSE_AUDITION_BRA", "STATELESS",
    "REGULARISED_2014", "REGULARISED_2017", "REGULAR_OTHER", "IRREGULAR", "UNKNOWN", "OF_TOMORROW",
]  # fmt: skip
SCHEMES = [
    "URGENCE", "HOPITAL_EGALITE", "ESSP_FREE", "RAMED", "CONV2015", "AMO_TADAMON", "AMO_ACHAMIL", "AMO_CNSS",
    "AMO_TNS", "AMO_ETUDIANT",
]  # fmt: skip
DAYS = st.dates(date(2000, 1, 1), date(2035, 12, 31))
EDGES = st.sampled_from(
    [date(2015, 10, 26), date(2022, 11, 30), date(2022, 12, 1), date(2024, 1, 1), date(2027, 1, 31), date(2027, 2, 1)]
)
YES_NO = st.none() | st.booleans()


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start = draw(st.none() | DAYS)
    end = draw(st.none() | DAYS)
    if start is not None and end is not None and end < start:
        start, end = end, start
    return Period(start, end)


@st.composite
def births(draw: st.DrawFn) -> BirthInterval:
    earliest = draw(st.none() | st.dates(date(1940, 1, 1), date(2026, 1, 1)))
    if earliest is None:
        return BirthInterval()
    return BirthInterval(earliest, earliest + timedelta(days=draw(st.sampled_from([0, 0, 30, 364, 1500]))))


def facts() -> st.SearchStrategy[Facts]:
    return st.builds(
        Facts,
        person_id=st.just(AWA),
        version=st.integers(1, 9),
        recorded_at=st.just(NOW),
        birth=births(),
        birth_precision=st.sampled_from(Precision),
        legal_statuses=st.lists(st.builds(LegalStatus, st.sampled_from(STATUSES), periods()), max_size=2).map(tuple),
        permits=st.lists(
            st.builds(Permit, st.sampled_from(["CI", "CR", "REG3", "RECEPISSE", "DCM"]), periods(), st.booleans()),
            max_size=2,
        ).map(tuple),
        residence=st.none() | st.builds(Residence, st.just("06"), st.none(), st.none() | DAYS),
        identifiers=st.lists(
            st.builds(Identifier, st.sampled_from(["PASSPORT", "IDCS", "MASSAR"]), st.just("ab" * 32)), max_size=2
        ).map(tuple),
        household=st.none() | st.builds(Household, st.just(UUID(int=1)), st.sampled_from(["HEAD", "CHILD", "SPOUSE"])),
        deceased_on=st.none() | st.none() | DAYS,
    )


def declarations() -> st.SearchStrategy[Declared]:
    names = [
        "rsu_registered", "rnp_registered", "other_amo", "indigent", "student", "disabled", "married", "employed",
        "self_employed", "contribution_paid", "identity_attested", "resides_in_morocco", "link_proven",
    ]  # fmt: skip
    made = st.builds(
        Declared,
        rsu_score=st.none() | st.decimals(8, 12, places=7),
        rsu_review_on=st.none() | DAYS,
        income_mad_year=st.none() | st.decimals(0, 9000, places=2),
        relation=st.none() | st.none() | st.sampled_from(Relation),
        head_scheme=st.none() | st.sampled_from([*SCHEMES, "NONE"]),
        **dict.fromkeys(names, YES_NO),
    )
    # The wire refuses a score of a household that is not registered.
    return made.filter(lambda said: not (said.rsu_score is not None and said.rsu_registered is False))


def cases() -> st.SearchStrategy[Case]:
    held = st.lists(st.builds(HeldCover, st.sampled_from(SCHEMES), periods()), max_size=1).map(tuple)
    source = st.sampled_from([Source.REGISTRY, Source.FEED])
    return st.builds(Case, facts(), source, declarations(), held, EDGES | DAYS)


def schemes_asked() -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(SCHEMES)
