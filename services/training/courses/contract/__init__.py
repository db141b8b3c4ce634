"""The wire shapes of vocational courses: what partners and the gateway may import, and nothing below `api` may.

`admissions` holds the application that the gateway publishes itself, because it adds the registry's facts to it.
"""
