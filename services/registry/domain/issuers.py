"""Who gave a number: what tells equal numbers of one system apart.

Two countries may print the same passport number: those are two numbers. Source: facts.md 2.2; which systems this is
about is a row of the lists.
"""

from services.registry.domain.reference import Reference

UNKNOWN_ISSUER = ""


def issuer_of(system: str, issuer: str | None, reference: Reference) -> str:
    """Return what an issuer is compared by: a country's code where it names one, else its letters and digits.

    Empty where the system's numbers are given once, or the issuer is not told.
    """
    if issuer is None or system not in reference.numbered_by_issuer:
        return UNKNOWN_ISSUER
    try:
        return reference.nationalities.resolve(issuer)
    except ValueError:
        return "".join(letter for letter in issuer.upper() if letter.isalnum())
