"""The sealed audit trail: that no row of it was changed, dropped, reordered or cut off can be proved.

Owns: the Merkle tree (RFC 6962) over a store's audit rows, its signed checkpoints, their verification, and the
routes on which auditors and persons read the trail.
Refuses to know: what a row says about anybody; rows are written by `services.kit.audit`, and a person is a pseudonym.

Words: a *leaf* is the hash of one row at its place (`seq`, from 0, without gaps); a *checkpoint* is the signed root
of the first `size` leaves; an *anchor* is a checkpoint that was copied to a place outside this system.

Invariants: a row is sealed once and only when every transaction before it has ended; a batch, its leaves and its
checkpoint are one transaction; nothing is sealed on top of a tree that does not give its last signed root.
"""
