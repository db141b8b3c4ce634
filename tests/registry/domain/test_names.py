"""Names: several scripts, mononyms, order unknown; and the keys by which they are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain.errors import ValueRefusedError
from services.registry.domain.folding import fold, name_classes, skeleton, squash, tokens
from services.registry.domain.names import NameKind, Script, read_name, script_of, search_keys
from services.registry.store import seeds
from tests.registry.builders import name

SPELLINGS = seeds.spellings()


@pytest.mark.parametrize(
    ("parts", "whole", "script"),
    [
        (("Diallo", "Awa", None), "Awa Diallo", Script.LATIN),
        ((None, "Soumaoro", None), "Soumaoro", Script.LATIN),
        (("ديالو", "محمد", None), "محمد ديالو", Script.ARABIC),
        ((None, None, "Abdi Hassan Warsame"), "Abdi Hassan Warsame", Script.LATIN),
        (("ⴰⵎⴰⵣⵉⵖ", None, None), "ⴰⵎⴰⵣⵉⵖ", Script.TIFINAGH),
        (("ኃይሌ", "አበበ", None), "አበበ ኃይሌ", Script.ETHIOPIC),
        (("Иванов", "Пётр", None), "Пётр Иванов", Script.OTHER),
    ],
)
def test_one_part_of_a_name_is_enough_and_its_letters_tell_the_script(
    parts: tuple[str | None, str | None, str | None], whole: str, script: Script
) -> None:
    made = read_name(NameKind.LEGAL, *parts)
    assert (made.whole, made.script) == (whole, script)


@pytest.mark.parametrize(
    ("parts", "script", "code"),
    [
        ((None, None, None), None, "name-missing"),
        (("123", "--", None), None, "name-without-letters"),
        (("١٢٣", None, None), None, "name-without-letters"),
        (("Diallo", None, None), Script.ARABIC, "script-does-not-match"),
    ],
)
def test_a_name_that_is_none_is_refused(
    parts: tuple[str | None, str | None, str | None], script: Script | None, code: str
) -> None:
    with pytest.raises(ValueRefusedError) as refusal:
        read_name(NameKind.LEGAL, *parts, script=script)
    assert refusal.value.code == code


def test_the_order_of_a_name_is_never_swapped() -> None:
    made = read_name(NameKind.LEGAL, "Bourama", "Diabaté", order_known=False)
    assert (made.family, made.given, made.order_known) == ("Bourama", "Diabaté", False)


def test_text_without_letters_has_no_script() -> None:
    assert script_of("12 34") is None
    assert script_of("«»") is None


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("N'Diaye", "ndiaye"),
        ("N\u2019Diaye", "ndiaye"),
        ("Aïssatou-Bâ", "aissatou ba"),
        ("Ould-Sidi", "ould sidi"),
        ("أحمد", "احمد"),
        ("فاطمة", "فاطمه"),
        ("مُحَمَّد", "محمد"),
        ("عبـد الرحمٰن", "عبد الرحمن"),
        ("مصطفى", "مصطفي"),
        ("ﻣﺤﻤﺪ", "محمد"),
        ("Straße Æbø Œuvre", "strasse aebo oeuvre"),
        ("ƊAN ŊAA", "dan ngaa"),
        ("42 !", ""),
    ],
)
def test_folding_keeps_letters_alone(written: str, folded: str) -> None:
    assert fold(written) == folded
    assert squash(written) == folded.replace(" ", "")


@given(st.text(max_size=40))
def test_folding_a_folded_name_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_folding_a_letter_of_our_scripts_twice_changes_nothing() -> None:
    scripts = [range(0x0250), range(0x0600, 0x0780), range(0x1E00, 0x1F00), range(0x2100, 0x2200)]
    scripts += [range(0xFB00, 0xFE00), range(0xFE70, 0xFFF0)]
    words = [f"a{chr(number)}b" for script in scripts for number in script]
    assert [fold(word) for word in words] == [fold(fold(word)) for word in words]


@given(st.text(alphabet="abcdhklmnorstuy éèàïç'-أحمدفاطةبنعلرو ", max_size=30))
def test_every_name_has_tokens_and_every_token_a_key_that_only_letters_decide(text: str) -> None:
    for forms in tokens(text):
        assert forms[0]
        assert skeleton(forms[0]) == skeleton(fold(forms[0]).replace(" ", ""))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Abdul Rahman", [("abdulrahman",)]),
        ("عبد الرحمن", [("عبدالرحمن",)]),
        ("ال مهدي", [("مهدي", "المهدي")]),
        ("El Al-Mahdi", [("mahdi", "almahdi")]),
        ("Ben Youssef", [("youssef", "benyoussef")]),
        ("Mohamed Ould Abdel Aziz", [("mohamed",), ("abdelaziz", "ouldabdelaziz")]),
        ("N Diaye", [("ndiaye",)]),
        ("Abd el Kader", [("abdkader",)]),
        ("Abd", [("abd",)]),
        ("Ben", [("ben",)]),
        ("Abdou Diallo", [("abdou",), ("diallo",)]),
        ("", []),
    ],
)
def test_particles_are_dropped_and_servant_names_joined(written: str, expected: list[tuple[str, ...]]) -> None:
    assert list(tokens(written)) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohamed", "محمد"),
        ("Mamadou", "Mohammed"),
        ("Diallo", "Jallow"),
        ("Diallo", "ديالو"),
        ("Ouattara", "Wattara"),
        ("Ndiaye", "N'Diaye"),
        ("Bah", "Ba"),
        ("Ba", "با"),
        ("Abderrahmane", "عبد الرحمن"),
        ("Mahdi", "المهدي"),
        ("Cissé", "Sisse"),
        ("Youssouf", "يوسف"),
        ("Hawa", "Awa"),
        ("Iliya", "إليا"),
        ("Do", "دو"),
    ],
)
def test_spellings_of_one_name_share_a_skeleton(one: str, other: str) -> None:
    assert skeleton(tokens(one)[0][0]) == skeleton(tokens(other)[0][0])


def test_a_token_without_a_key_has_an_empty_skeleton() -> None:
    assert skeleton("h") == ""
    assert skeleton("") == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("Boubacar", "أبو بكر"), ("Bah", "Baldé"), ("Cissé", "Ceesay"), ("Fatoumata", "Fatou"), ("Abubakar", "Bakary")],
)
def test_known_spellings_share_a_class(one: str, other: str) -> None:
    classes = [
        {key for key in search_keys((name(one, None),), SPELLINGS) if key.startswith("c:")} for one in (one, other)
    ]
    assert classes[0] & classes[1]


def test_a_person_is_found_by_each_name_each_word_and_words_joined() -> None:
    keys = search_keys((name("Jean Baptiste", "Mendy"), name("جان", "مندي")), SPELLINGS)
    assert {"k:" + skeleton(word) for word in ("jean", "baptiste", "mendy", "jeanbaptiste", "جان", "مندي")} <= keys
    assert "k:" + skeleton("baptistemendy") not in keys


def test_a_name_as_written_is_searched_beside_its_parts() -> None:
    both = search_keys((name("Awa", None, as_written="Awa épouse Traoré"),), SPELLINGS)
    assert "k:" + skeleton("traore") in both


def test_classes_join_spellings_of_several_words_and_forget_nothing_when_full() -> None:
    classes = name_classes({"A": ("Abou Bakr", "Jean Marie", "Jean Marie"), "B": ("Bakr",)})
    assert classes.of("jeanmarie") == ("A",)
    assert classes.of("bakr") == ("A", "B")
    assert classes.of("nobody") == ()
    first = classes.keys_of(("bakr",))
    for number in range(50_001):
        classes.keys_of((f"x{number}",))
    assert classes.keys_of(("bakr",)) == first
