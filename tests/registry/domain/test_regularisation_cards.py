"""Cards, statuses, papers and evidence of regularisation files, by the packaged rules."""

from dataclasses import replace
from datetime import date

import pytest

from services.kit.periods import Period
from services.registry.domain.papers import LegalStatus
from services.registry.domain.regularisation import (
    DeliveredCard,
    card_of,
    earlier_status,
    file_warnings,
    require_bureau,
    require_filed,
    require_open_to_evidence,
    status_brought,
)
from services.registry.domain.regularisation_errors import (
    CardRefusedError,
    FileSettledError,
    RegularisationCodeUnknownError,
)
from services.registry.domain.regularisation_papers import Brought, checklist, require_listed
from services.registry.domain.regularisation_rules import Stage
from tests.registry.builders import TODAY
from tests.registry.domain.test_regularisation import book, file

TO_CARD = ("EN_EXAMEN_COMMISSION", "AVIS_FAVORABLE", "CARTE_EN_FABRICATION")


def test_the_card_is_that_of_the_day_and_of_the_step_before() -> None:
    made = file(*TO_CARD)
    first = card_of(made, DeliveredCard("R-1", "R1"), book(), date(2017, 7, 1))
    assert (first.type, first.number, first.valid) == ("REG1", "R-1", Period(date(2017, 7, 1), date(2018, 6, 30)))
    printed = DeliveredCard(start=date(2017, 7, 2))
    assert card_of(made, printed, book(), date(2017, 7, 1)).valid == Period(date(2017, 7, 2), date(2018, 7, 1))
    printed = replace(printed, end=date(2018, 6, 30))
    assert card_of(made, printed, book(), date(2017, 7, 1)).valid == Period(date(2017, 7, 2), date(2018, 6, 30))
    with pytest.raises(CardRefusedError):
        card_of(made, replace(printed, end=date(2017, 7, 1)), book(), date(2017, 7, 1))
    refugee = card_of(replace(made, category="REFUGIE"), DeliveredCard(), book(), date(2017, 7, 1))
    assert refugee.type == "REF"
    renewing = replace(made, state="RENOUVELLEMENT")
    for on, kind in ((date(2017, 1, 9), "REG1"), (date(2017, 1, 10), "REG3")):
        assert card_of(renewing, DeliveredCard(), book(), on).type == kind
    with pytest.raises(CardRefusedError):
        card_of(made, DeliveredCard(), book(), date(2013, 1, 1))


def test_a_first_card_brings_the_campaigns_status_once_and_ends_an_irregular_stay() -> None:
    on = date(2017, 7, 1)
    made = file(*TO_CARD)
    brought = status_brought(made, book(), on, [])
    assert brought == LegalStatus("REGULARISED_2017", Period(on, None))
    assert status_brought(made, book(), on, [LegalStatus("REGULARISED_2017", Period(date(2017, 6, 1), None))]) is None
    old = status_brought(replace(made, campaign="R2014"), book(), on, [])
    assert old is not None
    assert old.code == "REGULARISED_2014"
    irregular = LegalStatus("IRREGULAR", Period(date(2012, 1, 1), None))
    assert earlier_status([irregular], on) == replace(irregular, valid=Period(date(2012, 1, 1), date(2017, 6, 30)))
    for other in (
        LegalStatus("REFUGEE_BRA", Period(None, None)),
        LegalStatus("IRREGULAR", Period(on, None)),
        LegalStatus("IRREGULAR", Period(None, date(2017, 1, 1))),
    ):
        assert earlier_status([other], on) is None


def test_evidence_stays_as_it_was_once_a_file_is_decided_until_an_appeal() -> None:
    for path in ((), ("EN_EXAMEN_COMMISSION",), ("EN_EXAMEN_COMMISSION", "AVIS_DEFAVORABLE")):
        require_open_to_evidence(file(*path))
    with pytest.raises(FileSettledError):
        require_open_to_evidence(file(*TO_CARD[:2]))


def test_the_checklist_is_the_common_part_and_the_categorys_own() -> None:
    items = checklist(book(), "CONTRAT_TRAVAIL", [Brought("WORK_CONTRACT", (), TODAY)])
    codes = [item.paper.rule.code for item in items]
    assert codes == ["FORM", "PHOTOGRAPH", "IDENTITY", "ENTRY_OR_STAY", "WORK_CONTRACT", "PAY_PROOFS"]
    assert [item.missing for item in items] == [True, True, True, True, False, True]
    assert [item.paper.rule.certainty for item in items] == ["verified"] * 4 + ["memory"] * 2
    assert not checklist(book(), "FEMME_ET_ENFANTS", [])[-1].missing
    require_listed(book(), "CONTRAT_TRAVAIL", "SCHOOL_CERTIFICATE")
    with pytest.raises(RegularisationCodeUnknownError):
        require_listed(book(), "CONTRAT_TRAVAIL", "HOROSCOPE")


def test_what_is_odd_about_a_filing_is_said() -> None:
    campaign, category = Period(date(2016, 12, 15), date(2017, 12, 31)), Period(date(2014, 1, 2), None)
    assert file_warnings(category, campaign, date(2017, 12, 31)) == ()
    assert file_warnings(category, campaign, date(2018, 1, 1)) == ("filed-after-closing",)
    assert file_warnings(Period(date(2018, 3, 27), None), Period(None, None), date(2018, 1, 1)) == (
        "category-not-in-force-then",
    )


def test_a_file_is_deposited_at_a_bureau_and_in_a_category_that_takes_files() -> None:
    assert require_filed(book(), "ENFANT").filed
    with pytest.raises(RegularisationCodeUnknownError):
        require_filed(book(), "NIVEAU_COLLEGE")
    require_bureau(book(), "MA-CAS-ANFA")
    with pytest.raises(RegularisationCodeUnknownError):
        require_bureau(book(), "MA-ATLANTIS")


def test_each_stage_has_its_own_day() -> None:
    made = file("EN_EXAMEN_COMMISSION", "AVIS_DEFAVORABLE", "RECOURS_DEPOSE")
    assert made.stage_day(Stage.LOCAL, TODAY) == made.filed_on
    assert made.stage_day(Stage.APPEAL, TODAY) == made.stage_day(Stage.RENEWAL, TODAY) == TODAY
    examined = file("EN_EXAMEN_COMMISSION", "AVIS_DEFAVORABLE", "RECOURS_DEPOSE", "RECOURS_EN_EXAMEN")
    assert examined.stage_day(Stage.APPEAL, TODAY) == examined.last_on
    assert replace(made, steps=()).last_on == made.filed_on
