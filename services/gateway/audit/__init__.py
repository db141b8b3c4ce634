"""Audit: the trails of all stores as auditors read them, and a person's own view of who used her data.

Owns: which store's trail is asked for, the joining of what the stores say about one person, and the words for it.
Refuses to know: how rows are sealed (`services.trail`), and whose hands on a partner's side did something.

Words: an *access* is one use of a person's data; the *access log* is all of hers, the newest first.

Invariants: what a person is shown names organisations and purposes, never staff or programs; her confidential care
is never in it, not even as a number; one slow or dead service never blanks an answer, and the answer says so.
"""
