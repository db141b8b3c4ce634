"""Nationalities: codes and names of countries are read, adjectives never are. Source: facts.md 0.2.9 and 9.4."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.registry.domain.errors import ValueRefusedError
from services.registry.domain.folding import squash


@dataclass(frozen=True, slots=True)
class Country:
    """One code of the list.

    Attributes:
        code: ISO 3166-1 alpha-3, or one of ICAO 9303 for stateless persons, refugees and unspecified.
        names: Names of the country, in French and Arabic, and their usual short forms.
        adjectives: French adjectives that may mean it.
    """

    code: str
    names: tuple[str, ...]
    adjectives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Nationalities:
    """The list, ready to be asked.

    Attributes:
        codes: Every code.
        by_name: Squashed country name to code.
        by_doubtful_word: Squashed word that is no country's name to the codes it may mean.
    """

    codes: frozenset[str]
    by_name: Mapping[str, str]
    by_doubtful_word: Mapping[str, tuple[str, ...]]

    def resolve(self, written: str) -> str:
        """Return the code of what is written: an alpha-3 code or the name of a country.

        Raises:
            ValueRefusedError: `nationality-ambiguous` when it may mean several, `nationality-adjective` when it is an
                adjective that means one (each with `candidates`), else `unknown-code`.

        Example:
            "SEN" and "Sénégal" are SEN; "Congolais" may be COD or COG and is refused; so is "Sénégalais", because
            "nigérian" and "nigérien" are confused in print itself.
        """
        if written in self.codes:
            return written
        word = squash(written)
        code = self.by_name.get(word)
        if code is not None:
            return code
        candidates = self.by_doubtful_word.get(word)
        if candidates is None:
            upper = written.strip().upper()
            if upper in self.codes:
                return upper
            raise ValueRefusedError("unknown-code")
        code = "nationality-ambiguous" if len(candidates) > 1 else "nationality-adjective"
        raise ValueRefusedError(code, candidates=list(candidates))


def nationalities(countries: Iterable[Country], ambiguous: Mapping[str, tuple[str, ...]]) -> Nationalities:
    """Build the list.

    Args:
        countries: Every code with its names and adjectives.
        ambiguous: Names that mean several countries, such as "Congo"; they win over a country's own list of names.
    """
    countries = list(countries)
    doubtful: dict[str, tuple[str, ...]] = {}
    for country in countries:
        for adjective in country.adjectives:
            word = squash(adjective)
            if country.code not in doubtful.get(word, ()):
                doubtful[word] = (*doubtful.get(word, ()), country.code)
    for written, codes in ambiguous.items():
        doubtful[squash(written)] = codes
    unclear = {squash(written) for written in ambiguous}
    names = {
        squash(name): country.code for country in countries for name in country.names if squash(name) not in unclear
    }
    return Nationalities(frozenset(country.code for country in countries), names, doubtful)
