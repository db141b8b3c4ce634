"""Every scheme, by examples: who is in, who is out, and where nobody can say yet."""

from datetime import date
from typing import Any

import pytest

from services.health.coverage.domain.errors import UnknownHeadSchemeError, UnknownSchemeError
from services.health.coverage.domain.facts import HeldCover, Identifier, Relation, Residence, Source
from services.health.coverage.domain.outcomes import Status
from services.kit.periods import Period
from tests.health.builders import COVERED_BY_ACHAMIL, born, decide, facts, finding, nobody_knows, permit, status

YES, NO, ASK, REFER = Status.ELIGIBLE, Status.NOT_ELIGIBLE, Status.PENDING_INFO, Status.REFER
IN_2016 = date(2016, 6, 1)


@pytest.mark.parametrize(
    ("scheme", "on", "said", "expected", "reasons"),
    [
        ("URGENCE", "2026-11-23", {}, YES, ()),
        ("HOPITAL_EGALITE", "2026-11-23", {}, YES, ()),
        ("ESSP_FREE", "2001-01-01", {}, YES, ()),
        ("URGENCE", "2011-03-16", {}, NO, ("R_REGIME_NON_EN_VIGUEUR",)),
        ("URGENCE", "2011-03-17", {}, YES, ()),
        ("CONV2015", "2015-10-25", {"indigent": True}, NO, ("R_REGIME_NON_EN_VIGUEUR",)),
        ("CONV2015", "2015-10-26", {"indigent": True}, YES, ()),
        ("CONV2015", "2022-11-30", {"indigent": True}, YES, ()),
        ("CONV2015", "2022-12-01", {"indigent": True}, NO, ("R_REGIME_NON_EN_VIGUEUR",)),
        ("CONV2015", "2016-06-01", {"indigent": False}, NO, ("R_RESSOURCES_SUP_PLAFOND",)),
        ("CONV2015", "2016-06-01", {}, ASK, ("R_INDIGENCE_A_ETABLIR",)),
        ("CONV2015", "2016-06-01", {"income_mad_year": "3766.99"}, YES, ()),
        ("CONV2015", "2016-06-01", {"income_mad_year": "5650"}, NO, ("R_RESSOURCES_SUP_PLAFOND",)),
        ("RAMED", "2016-06-01", {"income_mad_year": "3000", "other_amo": False}, NO, ("R_STATUT_NON_COUVERT",)),
        ("AMO_TADAMON", "2022-11-30", {}, NO, ("R_REGIME_NON_EN_VIGUEUR",)),
        ("AMO_TADAMON", "2022-12-01", {"rsu_score": "9", "other_amo": False}, REFER, ("R_STATUT_A_CONFIRMER",)),
        ("AMO_TADAMON", "2026-11-23", {"rsu_score": "9.4", "other_amo": False}, NO,
         ("R_STATUT_A_CONFIRMER", "R_SCORE_SUP_SEUIL")),
        ("AMO_TADAMON", "2026-11-23", {"rsu_score": "9", "other_amo": True}, NO,
         ("R_STATUT_A_CONFIRMER", "R_AUTRE_AMO")),
        ("AMO_TADAMON", "2026-11-23", {"rsu_registered": False, "other_amo": False}, NO,
         ("R_STATUT_A_CONFIRMER", "R_NON_INSCRIT_RNP", "R_NON_INSCRIT_RSU", "R_SCORE_INCONNU")),
        ("AMO_ACHAMIL", "2023-12-31", COVERED_BY_ACHAMIL, NO, ("R_REGIME_NON_EN_VIGUEUR",)),
        ("AMO_ACHAMIL", "2024-01-01", COVERED_BY_ACHAMIL, YES, ()),
        ("AMO_ACHAMIL", "2026-11-23", {**COVERED_BY_ACHAMIL, "contribution_paid": False}, NO,
         ("R_COTISATION_IMPAYEE",)),
        ("AMO_ACHAMIL", "2026-11-23", {"rsu_score": "9.6", "other_amo": False}, ASK, ("R_COTISATION_A_VERIFIER",)),
        ("AMO_ACHAMIL", "2026-11-23", {**COVERED_BY_ACHAMIL, "rnp_registered": False}, NO, ("R_NON_INSCRIT_RNP",)),
        ("AMO_ACHAMIL", "2026-11-23", {**COVERED_BY_ACHAMIL, "rsu_review_on": date(2026, 11, 22)}, ASK,
         ("R_SCORE_A_REVOIR",)),
        ("AMO_ACHAMIL", "2026-11-23", {**COVERED_BY_ACHAMIL, "resides_in_morocco": False}, NO, ("R_NON_RESIDENT",)),
        ("AMO_CNSS", "2005-08-17", {"employed": True}, NO, ("R_REGIME_NON_EN_VIGUEUR",)),
        ("AMO_CNSS", "2026-11-23", {"employed": True}, YES, ()),
        ("AMO_CNSS", "2026-11-23", {"employed": False}, NO, ("R_SANS_ACTIVITE",)),
        ("AMO_CNSS", "2026-11-23", {}, ASK, ("R_ACTIVITE_A_VERIFIER",)),
        ("AMO_TNS", "2026-11-23", {"self_employed": True, "contribution_paid": True}, YES, ()),
        ("AMO_TNS", "2026-11-23", {"self_employed": True}, ASK, ("R_COTISATION_A_VERIFIER",)),
    ],
)  # fmt: skip
def test_a_regularised_migrant_with_papers_gets(
    scheme: str, on: str, said: dict[str, Any], expected: Status, reasons: tuple[str, ...]
) -> None:
    made = decide(scheme, on=date.fromisoformat(on), **said)
    assert (made.status, made.reasons) == (expected, reasons)
    assert made.minimum_access.codes[-1] == "ESSP_FREE"


@pytest.mark.parametrize(("on", "expected"), [("2027-01-31", YES), ("2027-02-01", NO)])
def test_the_students_scheme_ends_with_january_2027(on: str, expected: Status) -> None:
    student = facts(birth=born(2005, 3, 1))
    made = decide("AMO_ETUDIANT", student, on=date.fromisoformat(on), student=True, other_amo=False)
    assert made.status is expected


@pytest.mark.parametrize(
    ("scheme", "code", "expected"),
    [
        ("CONV2015", "REGULAR_OTHER", YES),
        ("CONV2015", "REFUGEE_BRA", YES),
        ("CONV2015", "RECEPISSE_AUDITION_BRA", YES),
        ("CONV2015", "ASYLUM_SEEKER_UNHCR", REFER),
        ("CONV2015", "STATELESS", REFER),
        ("CONV2015", "IRREGULAR", NO),
        ("CONV2015", "A_STATUS_OF_TOMORROW", REFER),
        ("CONV2015", "UNKNOWN", ASK),
    ],
)
def test_the_convention_of_2015_by_legal_status(scheme: str, code: str, expected: Status) -> None:
    assert decide(scheme, facts(**status(code)), on=IN_2016, indigent=True).status is expected


@pytest.mark.parametrize("code", ["REGULARISED_2014", "REGULARISED_2017", "REFUGEE_BRA", "STATELESS"])
def test_tadamon_refers_foreigners_to_the_authority_and_says_neither_yes_nor_no(code: str) -> None:
    made = decide("AMO_TADAMON", facts(**status(code)), rsu_score="9", other_amo=False)
    assert made.status is REFER
    assert finding(made, "C_STATUS").needed == {"authority": "confirmation"}
    assert made.chosen is not None
    assert made.chosen.would_become is not None
    assert made.chosen.would_become.status is YES


def test_somebody_in_irregular_situation_has_no_scheme_and_keeps_minimum_access() -> None:
    made = decide(None, facts(**status("IRREGULAR")), rsu_score="9", other_amo=False)
    assert made.status is NO
    assert made.minimum_access.codes == ("URGENCE", "HOPITAL_EGALITE", "ESSP_FREE")
    assert made.chosen is not None
    would = made.chosen.would_become
    assert would is not None
    assert would.status is REFER, "with another status the switch would still wait for the authority"


def test_the_most_favourable_of_two_statuses_counts() -> None:
    both = facts(legal_statuses=(*status("IRREGULAR")["legal_statuses"], *status("REFUGEE_BRA")["legal_statuses"]))
    assert decide("AMO_CNSS", both, employed=True).status is YES


def test_a_status_counts_only_on_its_days() -> None:
    over = facts(**status("REGULARISED_2014", Period(date(2014, 6, 1), date(2020, 1, 1))))
    made = decide("AMO_CNSS", over, employed=True)
    assert (made.status, made.reasons) == (ASK, ("R_STATUT_INCONNU",))


def test_of_nobody_known_everything_is_asked_and_nothing_refused() -> None:
    made = decide("AMO_ACHAMIL", nobody_knows())
    assert made.status is ASK
    assert made.chosen is not None
    assert [missing.fact for missing in made.chosen.missing] == [
        "identity", "residence", "legal_status", "permit", "other_amo", "rsu_score", "contribution_paid",
    ]  # fmt: skip
    assert all(missing.accepted_proofs and missing.where for missing in made.chosen.missing)


def test_without_a_scheme_the_best_is_chosen_and_all_are_listed() -> None:
    made = decide(None, **COVERED_BY_ACHAMIL)
    assert (made.status, made.scheme) == (YES, "AMO_ACHAMIL")
    assert [outcome.scheme for outcome in made.outcomes] == [
        "AMO_ACHAMIL", "AMO_CNSS", "AMO_TNS", "AMO_TADAMON", "AMO_ETUDIANT", "URGENCE", "HOPITAL_EGALITE", "ESSP_FREE",
    ]  # fmt: skip


def test_a_compulsory_scheme_comes_before_a_voluntary_one() -> None:
    assert decide(None, employed=True, **COVERED_BY_ACHAMIL).scheme == "AMO_CNSS"


def test_without_declarations_the_scheme_for_people_without_means_answers() -> None:
    made = decide(None)
    assert (made.status, made.scheme) == (REFER, "AMO_TADAMON")


def test_before_any_scheme_there_was_primary_care() -> None:
    made = decide(None, on=date(2001, 1, 1))
    assert (made.status, made.scheme, made.reasons) == (NO, None, ("R_REGIME_NON_EN_VIGUEUR",))
    assert made.minimum_access.codes == ("ESSP_FREE",)


def test_cover_held_here_under_another_amo_scheme_counts_whatever_is_declared() -> None:
    held = (HeldCover("AMO_CNSS", Period(date(2026, 1, 1), None)),)
    made = decide("AMO_ACHAMIL", held=held, **COVERED_BY_ACHAMIL)
    assert (made.status, made.reasons) == (NO, ("R_AUTRE_AMO",))
    assert finding(made, "C_NO_OTHER_AMO").source is Source.ENTITLEMENT


@pytest.mark.parametrize(
    "held",
    [
        HeldCover("AMO_ACHAMIL", Period(date(2026, 1, 1), None)),
        HeldCover("AMO_CNSS", Period(date(2025, 1, 1), date(2026, 11, 22))),
        HeldCover("CONV2015", Period(date(2016, 1, 1), None)),
    ],
    ids=["the same scheme", "ended yesterday", "not an AMO scheme"],
)
def test_cover_that_is_no_other_amo_today_does_not_count(held: HeldCover) -> None:
    assert decide("AMO_ACHAMIL", held=(held,), **COVERED_BY_ACHAMIL).status is YES


def test_identity_is_proven_by_a_title_or_by_two_witnesses() -> None:
    by_title = decide("AMO_CNSS", facts(identifiers=()), employed=True)
    assert finding(by_title, "C_IDENTITY").fact == "permit"
    by_witnesses = decide("AMO_CNSS", facts(identifiers=(), permits=()), employed=True, identity_attested=True)
    assert (by_witnesses.status, finding(by_witnesses, "C_IDENTITY").source) == (YES, Source.DECLARED)


def test_residence_is_shown_by_an_address_a_title_or_ones_word() -> None:
    late = facts(residence=Residence("06", None, date(2026, 12, 1)))
    assert finding(decide("AMO_ACHAMIL", late), "C_RESIDES").fact == "permit"
    said = decide("AMO_ACHAMIL", facts(residence=None, permits=()), resides_in_morocco=True)
    assert finding(said, "C_RESIDES").fact == "resides_in_morocco"


def test_death_ends_every_right_and_nothing_would_change_it() -> None:
    made = decide("AMO_CNSS", facts(deceased_on=date(2026, 11, 22)), employed=True)
    assert (made.status, made.reasons) == (NO, ("R_DECES",))
    assert made.chosen is not None
    assert made.chosen.would_become is None
    assert decide("AMO_CNSS", facts(deceased_on=date(2026, 11, 23)), employed=True).status is YES


def test_a_scheme_that_no_rule_names_is_refused() -> None:
    with pytest.raises(UnknownSchemeError):
        decide("AMO_MARS")
    with pytest.raises(UnknownHeadSchemeError):
        decide("AMO_CNSS", head_scheme="AMO_MARS")


def test_the_score_is_asked_for_once_though_it_settles_three_criteria() -> None:
    made = decide("AMO_ACHAMIL", other_amo=False, contribution_paid=True)
    assert made.chosen is not None
    (missing,) = made.chosen.missing
    assert (missing.fact, missing.criteria) == ("rsu_score", ("C_RNP", "C_RSU", "C_SCORE"))


def test_a_dependant_is_asked_for_her_own_idcs() -> None:
    made = decide("AMO_TADAMON", relation=Relation.SPOUSE, link_proven=True, other_amo=False, head_scheme="AMO_TADAMON")
    assert made.chosen is not None
    assert [missing.fact for missing in made.chosen.missing] == ["idcs"]


def test_an_idcs_on_record_shows_the_rnp() -> None:
    with_idcs = facts(identifiers=(Identifier("IDCS", "cd" * 32),))
    assert finding(decide("AMO_TADAMON", with_idcs), "C_RNP").fact == "identifier"


def test_being_in_the_rsu_by_declaration_leaves_only_the_score_open() -> None:
    made = decide("AMO_ACHAMIL", rsu_registered=True, other_amo=False, contribution_paid=True)
    assert (made.status, made.reasons) == (ASK, ("R_SCORE_INCONNU",))


def test_a_card_not_yet_valid_says_nothing_of_the_day_asked() -> None:
    later = facts(permits=(permit("REG3", date(2026, 12, 1), date(2029, 12, 1)),))
    assert decide("AMO_ACHAMIL", later, **COVERED_BY_ACHAMIL).reasons == ("R_TITRE_NON_PRODUIT",)
