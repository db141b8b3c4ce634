"""The wire shapes of health coverage: what partners and the gateway may import, and nothing below `api` may.

`determinations` holds `DeterminationRequest`, which the gateway publishes, and `DeterminationQuestion`, which it sends
to this service with the registry's facts added.
"""
