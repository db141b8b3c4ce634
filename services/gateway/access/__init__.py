"""Access: which organisations there are, which clients speak for them, and what each may do and why.

Owns: organisations, clients and their secrets, the signing keys (of tokens given to partners and of
those the gateway writes for its services), the OAuth 2 server, agreements and what waits for a second
person. Refuses to know: any person whom the programme serves.

Words: an *organisation* is a partner; a *client* is a program of theirs; a *purpose* is why they may
ask for personal data; an *agreement* gives resources, fields and rows for purposes and days, under an
authorisation number; an *access token* is for partners (5 minutes), an *internal token* is for one
service (1 minute); a *principal* is whom a good access token stands for.

Invariants: no secret is stored, only the SHA-256 of 256 random bits; private keys are stored wrapped
and are bound to their row; at most one key per use is current; a token's scopes are never more than
its client's at the time it was issued; what for, and of whose data, is what its organisation's
agreements say today; where rights grow, nothing is granted before a second person approves.
"""
