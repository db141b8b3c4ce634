"""The registry: who a person is, her papers and her household.

Owns: persons with their names, birth, nationalities, identifiers, permits, legal statuses, addresses and households;
the intake of all this, one by one and in bulk; the search for a person; the feed of what changed.

Refuses to know: entitlement to health coverage, courses, and anything of a care case. It answers with facts and never
with a decision built on them.

Words:
    intake: what an organisation sent about a person; kept as it came, in `source_record`, and never changed.
    valid period: when something was true in the world. Days, both ends included, open ends allowed.
    known period: when the register held it for true. Instants. A correction closes one row and opens another.
    live: known now, that is, not corrected since.
    facts: the cut of a person that other services decide on; names and contacts are no part of it.
    link: what two persons are to each other, one row read from both its ends.
    representative: who acts for a person: another person, an organisation, or one account or client.
    barrier: a person is protected from another; withheld: what that, or an opposition, keeps a caller from.
    contribution: what one source record says of the person herself, normalised; an intake, or a correction of one.
    assembly: a person's names, birth, contacts and nationalities as a pure function of her contributions.
    finding: what a check says about one field of an intake: an error refuses the intake, a warning goes with it.

Invariants:
    A live identifier (system, normalised value) belongs to one person.
    No two live rows of the same person and code overlap in valid time; nor do two live addresses.
    Every write leaves a source record, raises the person's version by one and appends one change with the new facts,
    in one transaction.
    Who is protected from a person is nobody to whoever acts for that person; whoever lives with her is protected too.
    A protected split moves nothing of those who stay: no record, no version, no change.
    What is stored of the person herself is what `domain/assembly.py` makes of her source records.
    An imprecise birth date stays imprecise; a nationality is never guessed; nothing known is overwritten.
"""
