"""Vocational courses: from the catalogue to a seat.

Owns: institutions, programmes and sessions; applications with the findings that explain them; enrolments and the
seats they take; the dated admission rules; the copy of the registry's facts that admissions decide on.

Refuses to know: names, contacts, papers and their numbers (the registry's), health coverage, and anything of Tamkine.
It never decides by a rule that is not a dated row of `reference/` with its certainty and source.

Words: an *institution* runs *programmes* (what is taught, at which level and mode); a *session* is one dated run of a
programme with a capacity; an *application* asks for admission to a session and carries *findings*, one per criterion;
an *enrolment* is a seat taken; a *ruling* is a human's answer where the rules could not give one.

Invariants:
- 0 <= seats taken <= capacity, whatever races; the database's CHECK is the last judge.
- One live application and one live enrolment per person and session; live enrolments of a person never overlap.
- Only an application that is ADMISSIBLE, by the rules or by a ruling with its reason, becomes an enrolment.
- Not knowing a fact never refuses anybody: it asks for the fact, or puts the question to a human.
- Every admission names the rule set it was decided under and keeps the facts it was decided on.
"""
