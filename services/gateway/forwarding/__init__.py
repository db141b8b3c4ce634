"""Forwarding: bytes of a published operation, from the caller to the one service that answers it.

Owns: the route table (read from the services' published OpenAPI documents), the gates before a
service is reached (token, scope, purpose), the connections to the services, the merged document.
Refuses to know: what a body means; it is never parsed or re-modelled here.

Words: an *operation* is one method on one path template; the *table* maps a raw path to its
operations; an *upstream* is the client side of one service; an *answer* is what came back;
a *passport* is a verified outside token with what its client may do.

Invariants: matching looks at the raw path alone, byte by byte; an operation of a service without a
declared scope is refused at start; nothing of a token, header, query or body is ever echoed or logged.
"""
