"""Keys under which one name is found in every spelling and script. For search only: no record is ever changed by them.

Two keys serve each token of a name: a consonant skeleton shared by the Latin and the Arabic script, and the classes of
known spellings it belongs to. Sources: facts.md 9.1.2, 9.1.5, 9.1.7 and 10.11; shared design/matching.md section 6.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

KEY_VERSION = 2
"""Raised when a rule below changes, so that stored keys can be told from keys made today."""

_ARABIC = re.compile("[\u0621-\u064a\u066e-\u06d3]")
_DROPPED = re.compile(
    "[\u0610-\u061a\u064b-\u065f\u0670\u0640'\u2018\u2019\u02b0-\u02ff`\u00b4"
    "\u200b-\u200f\u202a-\u202e\u2066-\u2069\u061c]"
)
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_LETTERS = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "\u0627"),
        "ى": "ي",
        "ی": "ي",
        "ې": "ي",
        "ة": "\u0647",
        "ک": "ك",
        "ڭ": "ك",
        "ɓ": "b",
        "ɗ": "d",
        "ŋ": "ng",
        "ɛ": "e",
        "ɔ": "o",
        "ɲ": "ny",
        "ƴ": "y",
        "ø": "o",
        "œ": "oe",
        "æ": "ae",
        "ß": "ss",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "\u0131": "i",
    }
)
_ARTICLES = frozenset({"al", "el", "ul", "as", "ar", "an", "ad", "at", "az", "ال"})
_PARTICLES = frozenset({"ould", "wuld", "ben", "bin", "ibn", "bint", "abou", "abu", "aboul", "abul"}) | frozenset(
    {"ولد", "بن", "ابن", "بنت", "ابو", "بو"}
)
_BETWEEN_NAMES = frozenset({"epouse", "epse", "veuve", "vve", "nee", "dit", "dite", "alias"})
"""What papers print between two names of one person. Source: facts.md 9.1.8."""
_SERVANT = frozenset({"abd", "abdel", "abdul", "abdoul", "abdal", "عبد"})


def fold(text: str) -> str:
    """Return the letters of a name in lower case, without marks, its words parted by one space.

    Apostrophes vanish, hyphens part words, Arabic letters are unified. Folding a folded name changes nothing.

    Example:
        >>> fold("N'Diaye"), fold("Aïssatou-Bâ"), fold("أحمد")
        ('ndiaye', 'aissatou ba', 'احمد')
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
        text = text.translate(_LETTERS)
    return _NOT_LETTERS.sub(" ", _DROPPED.sub("", text.lower())).strip()


def squash(text: str) -> str:
    """Return the folded text without spaces: names of countries and places are compared by it."""
    return fold(text).replace(" ", "")


@lru_cache(maxsize=20_000)
def tokens(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of a name, each with the forms it may also take; the first form is the plain one.

    "Abd" joins the word after it (Abdul Rahman is one name). Articles and particles such as `ben` or `abou` are
    dropped, with the joined form kept beside. A single letter joins what follows (N Diaye). Words that stand between
    two names (`épouse`) go. A letter of any other script is a letter.

    Example:
        >>> tokens("Abdul Rahman Ben Youssef")
        (('abdulrahman',), ('youssef', 'benyoussef'))
    """
    found: list[tuple[str, ...]] = []
    pending, particle, article = "", "", ""
    words = fold(text).split()
    for word in [word for word in words if word not in _BETWEEN_NAMES] or words:
        if not pending and (word in _SERVANT or len(word) == 1):
            pending = word
        elif not pending and word in _PARTICLES:
            particle = word
        elif word in _ARTICLES:
            article = "" if pending else word
        else:
            whole = pending + word
            forms = (whole, particle + whole, particle + article + whole) if particle or article else (whole,)
            found.append(tuple(dict.fromkeys(forms)))
            pending, particle, article = "", "", ""
    rest = pending or particle
    return (*found, (rest,)) if rest else tuple(found)


def joined(former: tuple[str, ...], latter: tuple[str, ...]) -> tuple[str, ...]:
    """Return the word that two words make together, also with the article between them (Nour Eddine, Noureddine)."""
    return tuple(former[0] + form for form in latter)


_LATIN_RULES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"^abd[aeiou]+l+ah?$", "abdla"),
        (r"(.)\1+", r"\1"),
        (r"^abd[aeiou]+l(?=.)", "abd"),
        (r"^abd[aeiou]+(?=[rsnztd])", "abd"),
        (r"^d[iy](?=[aeou])", "J"),
        (r"^thi(?=[aeou])|^ti(?=a)", "S"),
        (r"t?sch|tch|ch|sh", "S"),
        (r"dj", "J"),
        (r"kh|qu|ck|q", "K"),
        (r"gh|gu(?=[eiy])", "J"),
        (r"ph", "F"),
        (r"th", "T"),
        (r"dh", "D"),
        (r"c(?=[eiy])", "S"),
        (r"g(?=[eiy])", "J"),
        (r"x", "S"),
        (r"^h+", ""),
        (r"^ou(?=[aei])", "W"),
        (r"^w", "W"),
        (r"^y(?=[aeiou])", "Y"),
        (r"^[aeiouy]", "A"),
    )
]
_LATIN_CLASSES = str.maketrans("bcdfgjklmnpqrstvz", "BKDFJJKLMNBKRSTFZ", "aeiouyhw")
_ARABIC_CLASSES = str.maketrans(
    dict(zip("بپتثجچخدذرزژسشصضطظغفڤقكگلمن", "BBTTJJKDDRZZSSSDTZJFFKKJLMN", strict=True))
    | dict.fromkeys("اءؤئعحهوي", "")
)
_ARABIC_FIRST = {**dict.fromkeys("اعءؤئحه", "A"), "و": "W", "ي": "Y"}
_ARABIC_VOWELS = {"\u0627": "a", "و": "u", "ي": "i"}
_LATIN_VOWELS = {"a": "a", "e": "i", "i": "i", "y": "i", "o": "u", "u": "u"}


def skeleton(token: str) -> str:
    """Return the consonant key of one folded token, the same for its Latin and its Arabic spellings.

    Doubled letters count once, `dj` and `di`+vowel are J (Diallo, Jallow), `ou`/`w` before a vowel are W, `ch`/`sh`
    are S, `h` goes, vowels go, except that a first vowel counts as A and a key of one letter keeps its vowel.

    Example:
        >>> skeleton("mamadou") == skeleton("mohamed") == skeleton("محمد")
        True
    """
    if _ARABIC.match(token):
        return _arabic_skeleton(token)
    spelt = token
    for pattern, replacement in _LATIN_RULES:
        spelt = pattern.sub(replacement, spelt)
    key = spelt.translate(_LATIN_CLASSES)
    if len(key) > 1:
        return key
    return key + next((_LATIN_VOWELS[char] for char in token if char in _LATIN_VOWELS), "")


def _arabic_skeleton(token: str) -> str:
    word = re.sub("^عبدال(?=..)", "عبد", token)
    word = re.sub("^ال(?=...)", "", word)
    word = re.sub("^دي(?=[او])", "ج", word)
    first = _ARABIC_FIRST.get(word[0])
    key = (first + word[1:].translate(_ARABIC_CLASSES)) if first else word.translate(_ARABIC_CLASSES)
    if len(key) > 1:
        return key
    return key + next((_ARABIC_VOWELS[char] for char in word if char in _ARABIC_VOWELS), "")


@dataclass(frozen=True)
class NameClasses:
    """Known spellings of one name.

    Attributes:
        by_token: Folded token to the ids of the classes it belongs to.
    """

    by_token: Mapping[str, tuple[str, ...]]
    _seen: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    def of(self, token: str) -> tuple[str, ...]:
        """Return the classes of a folded token."""
        return self.by_token.get(token, ())

    def keys_of(self, forms: tuple[str, ...]) -> frozenset[str]:
        """Return every key of one token's forms: `k:` skeletons and `c:` classes.

        Names repeat: what was computed once is remembered, up to a bound.
        """
        seen = self._seen.get(forms)
        if seen is not None:
            return seen
        keys = {"k:" + key for form in forms if (key := skeleton(form))}
        keys.update("c:" + name for form in forms for name in self.of(form))
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen[forms] = frozenset(keys)
        return self._seen[forms]


_REMEMBERED = 50_000


def name_classes(groups: Mapping[str, tuple[str, ...]]) -> NameClasses:
    """Build the classes from their spellings.

    Args:
        groups: Class id to spellings, in any script. A spelling of several words that does not join into one token
            (such as "Abou Bakr") counts by its joined form.
    """
    by_token: dict[str, list[str]] = {}
    for name, spellings in groups.items():
        for spelling in spellings:
            parts = tokens(spelling)
            forms = {form for forms in parts for form in forms} if len(parts) == 1 else {squash(spelling)}
            for form in forms:
                known = by_token.setdefault(form, [])
                if name not in known:
                    known.append(name)
    return NameClasses({token: tuple(names) for token, names in by_token.items()})
