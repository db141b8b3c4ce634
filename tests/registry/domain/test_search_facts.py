"""Each line of facts.md 9.1, as searches: what is asked, and the name on the record that must be found."""

import json
from importlib.resources import files
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain.names import NameKind, read_name, search_keys
from services.registry.domain.search import alternatives, name_likeness
from services.registry.store import seeds

SPELLINGS = seeds.spellings()
Parts = tuple[str | None, str | None, str | None]


def finds(asked: str, *names: Parts) -> bool:
    """Say whether a search finds a record with these names: by its keys first, then by how well they fit."""
    stored = tuple(read_name(NameKind.LEGAL, *name) for name in names)
    keys = search_keys(stored, SPELLINGS)
    wanted = alternatives(asked, SPELLINGS)
    return (
        bool(wanted)
        and all(words & keys for words in wanted)
        and any(name_likeness(asked, name, SPELLINGS) > 0 for name in stored)
    )


def family(name: str) -> Parts:
    return name, None, None


LINES: dict[str, list[tuple[str, Parts]]] = {
    "1 mononyms and unknown order": [
        ("Soumaoro", family("Soumaoro")),
        ("Soumaoro", (None, "Soumaoro", None)),
        ("Diabaté Bourama", (None, None, "Bourama Diabaté")),
        ("ⴰⵎⴰⵣⵉⵖ", family("ⴰⵎⴰⵣⵉⵖ")),
        ("አበበ", ("ኃይሌ", "አበበ", None)),
        ("Пётр", ("Иванов", "Пётр", None)),
    ],
    "2 marks, apostrophes, hyphens and spaces": [
        ("Ndiaye", family("N'Diaye")), ("N'Diaye", family("Ndiaye")), ("N Diaye", family("N\u2019Diaye")),
        ("N\u02bcdiaye", family("N Diaye")), ("Keita", family("Kéïta")), ("Jean Paul", family("Jean-Paul")),
        ("Jeanpaul", family("Jean-Paul")), ("Jean-Paul", family("JEANPAUL")),
    ],
    "2 letters": [
        ("Ousmane", family("Usmane")), ("Djibril", family("Jibril")), ("Hassan", family("Hasan")),
        ("Kone", family("Cone")), ("Qadir", family("Kadir")), ("Thiam", family("Tiam")),
        ("Josef", family("Joseph")), ("Sall", family("Sal")), ("Umar", family("Oumar")),
    ],
    "2 particles": [
        ("Hassan", family("El Hassan")), ("El Hassan", family("Hassan")), ("El Hassan", family("Elhassan")),
        ("Alhassan", family("Al Hassan")), ("Bakkay", family("Ould Bakkay")), ("Youssef", family("Ben Youssef")),
        ("Benyoussef", family("Ben Youssef")), ("Khaldoun", family("Ibn Khaldoun")), ("Ahmed", family("Bint Ahmed")),
        ("Bakr", family("Abou Bakr")), ("Aboubakr", family("Abou Bakr")), ("Kacem", family("Aboul Kacem")),
        ("Youssef", family("بن يوسف")), ("Ben El Youssef", family("Youssef")),
    ],
    "3 French and English spellings": [
        ("Jallow", family("Diallo")), ("Jalloh", family("Diallo")), ("Bah", family("Baldé")),
        ("Sesay", family("Cissé")), ("Ceesay", family("Cissé")), ("Kamara", family("Camara")),
        ("Conteh", family("Konté")), ("Jobe", family("Diop")), ("Njie", family("Ndiaye")),
        ("Touray", family("Touré")), ("Jawara", family("Diawara")), ("Watara", family("Ouattara")),
        ("Umaru", family("Oumarou")), ("Usman", family("Ousmane")), ("Kwasi", family("Kouassi")),
    ],
    "5 Arabic and its Latin forms": [
        ("Mohammed", family("محمد")), ("محمد", family("Muhammad")), ("Mamadou", family("محمد")),
        ("Mamadou", family("Mohamed")), ("فاطمة", family("Fatoumata")), ("Ousmane", family("عثمان")),
        ("يوسف", family("Youssouf")), ("Aïcha", family("عائشة")), ("Noureddine", family("نور الدين")),
    ],
    "5 Abd is one name with what follows": [
        ("Abdul Rahman", family("Abdourahmane")), ("عبد الرحمن", family("Abdourahmane")),
        ("Abdou Rahmane", family("Abderrahmane")), ("Abdourahmane", family("عبد الرحمن")),
        ("Abdullah", family("عبد الله")), ("Abdoulaye", family("Abd Allah")),
    ],
    "6 parts and orders of countries": [
        ("Joseph Kabange", ("Kabila Kabange", "Joseph", None)), ("Mbarga Jean Paul", ("MBARGA", "Jean-Paul", None)),
        ("Chidi Okafor-Eze", ("Okafor Eze", "Chidi", None)), ("Affoué Kouassi", ("Kouassi", "Affoué Marie", None)),
        ("Hassan Warsame Abdi", (None, None, "Abdi Hassan Warsame")),
    ],
    "7 Arabic normalisation": [
        ("احمد", family("أحمد")), ("امنة", family("آمنة")), ("إبراهيم", family("ابراهيم")),
        ("مصطفي", family("مصطفى")), ("فاطمه", family("فاطمة")), ("محمد", family("مُحَمَّد")), ("محـمـد", family("محمد")),
    ],
    "8 a husband's name": [
        ("Marie Ba", ("Ba épouse Diallo", "Marie", None)), ("Marie Diallo", ("Ba épouse Diallo", "Marie", None)),
        ("Marie Ba épouse Diallo", ("Ba Diallo", "Marie", None)),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("asked", "stored"), [(asked, stored) for pairs in LINES.values() for asked, stored in pairs])
def test_a_name_is_found_as_the_facts_say(asked: str, stored: Parts) -> None:
    assert finds(asked, stored)


def test_a_maiden_and_a_husbands_name_on_two_papers_are_found_together() -> None:
    assert finds("Marie Ba épouse Diallo", ("Ba", "Marie", None), ("Diallo", "Marie", None))


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("Diallo", family("Barry")),
        ("Awa Diallo", (None, "Awa", None)),
        ("Mohamed Traoré", ("Traoré", "Moussa", None)),
        ("Diallo Hawa", ("Diallo", "Binta", None)),
        ("ኃይሌ", family("አበበ")),
    ],
)
def test_another_name_is_not_found(asked: str, stored: Parts) -> None:
    assert not finds(asked, stored)


def test_every_spelling_of_a_cluster_finds_every_other() -> None:
    variants = json.loads((files("services.registry") / "reference" / "name_variants.json").read_text("utf-8"))
    missed = [
        (cluster["id"], asked, stored)
        for cluster in variants["clusters"]
        for asked, stored in permutations([*cluster["latin"], *cluster["arabic"]], 2)
        if not finds(asked, family(stored))
    ]
    assert missed == []


@given(st.permutations(["Mamadou", "Aliou", "Diallo"]), st.sampled_from(["Mamadou Aliou", "Aliou Mamadou"]))
def test_the_order_of_the_words_makes_no_difference(words: list[str], stored: str) -> None:
    assert finds(" ".join(words), ("Diallo", stored, None))
