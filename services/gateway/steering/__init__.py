"""Pages for those who steer: today the portal of partners, `/portal`.

Owns: what a partner is shown of its own organisation, clients, agreements, limits and deliveries, and trying the API
out. Refuses to know: how people sign in (`services.gateway.pages.visitors`), where anything is stored, and every rule
about rights: whatever a page shows or does it asks of the public API in the visitor's name, through the same gates as
any program, so that the portal can show nothing that a token of hers could not read.

Words: *visitor* (who has signed in), *door* (the public API, asked from inside), *offer* (an operation that she may
try), *trial* (one such call).

Invariants: no token ever reaches a browser; every form carries the session's own token; pages work without scripts.
"""
