"""What is kept from whom: the wall between a protected person and those she is protected from.

Three things close a person to a caller: a barrier against the one whom the caller acts for or represents, an
opposition that stops her data from reaching an organisation, and, for a program that acts for somebody, being neither
that person nor one of those whom she may ask about. The registry owns all three and sends them along with a person's
facts, so that every service puts up the same wall. Pure: domains may use it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Closed:
    """A kind of caller that a person is closed to: every member that is not None must be the caller's.

    Attributes:
        organisation: The caller's organisation; None for any.
        subject: The account or client that acts; None for any.
        purposes: What the call is for; None for whatever it is.
    """

    organisation: str | None = None
    subject: str | None = None
    purposes: frozenset[str] | None = None

    def meets(self, organisation: str, subject: str, purpose: str | None) -> bool:
        """Say whether a caller is of this kind; one that names no purpose might have any."""
        return (
            self.organisation in {None, organisation}
            and self.subject in {None, subject}
            and (self.purposes is None or purpose is None or purpose in self.purposes)
        )


@dataclass(frozen=True, slots=True)
class Withheld:
    """What one person's facts say about who is kept from her.

    Attributes:
        persons: Ids of those she is protected from.
        callers: Callers that she is closed to: who represent one of them, or whom an opposition stops.
        sees: Ids of those whom she may ask about: members of her household where she is its head or a spouse, and
            whoever she is guardian of. It says whom a program that acts for her may see.
    """

    persons: frozenset[str] = frozenset()
    callers: tuple[Closed, ...] = ()
    sees: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Say whether there is anything in it."""
        return bool(self.persons or self.callers or self.sees)

    def to_json(self) -> dict[str, Any]:
        """Return it as it travels with facts: what is empty is left out, lists are in order."""
        shown: dict[str, Any] = {}
        if self.persons:
            shown["persons"] = sorted(self.persons)
        if self.callers:
            shown["callers"] = [
                {
                    "organisation": closed.organisation,
                    "subject": closed.subject,
                    "purposes": None if closed.purposes is None else sorted(closed.purposes),
                }
                for closed in self.callers
            ]
        if self.sees:
            shown["sees"] = sorted(self.sees)
        return shown

    @classmethod
    def from_json(cls, shown: Mapping[str, Any] | None) -> "Withheld":
        """Read what `to_json` wrote; None is nothing withheld."""
        if not shown:
            return NOTHING
        return cls(
            persons=frozenset(str(person) for person in shown.get("persons", ())),
            callers=tuple(
                Closed(
                    closed.get("organisation"),
                    closed.get("subject"),
                    None if closed.get("purposes") is None else frozenset(closed["purposes"]),
                )
                for closed in shown.get("callers", ())
            ),
            sees=frozenset(str(person) for person in shown.get("sees", ())),
        )


NOTHING = Withheld()


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, as the wall sees her.

    Attributes:
        organisation: Of the caller.
        subject: The account or client that acts.
        purpose: What for.
        acting_for: Id of the person on whose behalf a program calls; None where it calls for its organisation.
    """

    organisation: str
    subject: str
    purpose: str | None = None
    acting_for: str | None = None


def withheld_from(viewer: Viewer, person: str, withheld: Withheld | None, sees: Collection[str] = ()) -> bool:
    """Say whether a person is kept from a viewer: then she is answered like nobody.

    The stores say the same in SQL (`schema/withholding_1_create.sql`), so that lists are filtered where they are made.

    Args:
        viewer: Who looks.
        person: Id of the person looked at.
        withheld: What her facts say; None where they are not known.
        sees: Whom the person that the viewer acts for may ask about, as her own facts say (`Withheld.sees`).
    """
    known = withheld or NOTHING
    if any(closed.meets(viewer.organisation, viewer.subject, viewer.purpose) for closed in known.callers):
        return True
    if viewer.acting_for is None or viewer.acting_for == person:
        return False
    return withheld is None or viewer.acting_for in known.persons or person not in sees
