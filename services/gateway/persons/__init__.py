"""Persons: the answers that need several services.

Owns: the overview of a person, and the two questions that are asked together with the registry's facts.
Refuses to know: what the facts mean; they pass as bytes from the service that owns them to the one that decides.

Words: a *part* is what one service says; its status is honest (`ok`, `denied`, `unavailable`, `stale`);
*facts* are what a decision rests on, with the version of the record that they come from.

Invariants: one slow or dead service never blanks an answer; what one service says about a person is
never kept here beyond the answer it is for.
"""
