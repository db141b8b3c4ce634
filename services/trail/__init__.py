"""The sealed audit trail: that no row of it was changed, dropped, reordered or cut off can be proved.

Owns: the Merkle tree (RFC 6962) over a store's audit rows, its signed checkpoints, and their verification.
Refuses to know: what a row says about anybody; rows are written by `services.kit.audit`.
"""
