"""Events: long work, by the id of its job.

Owns: finding the service whose job it is. Refuses to know: what jobs do.

Words: a job's id is `<store>-<uuid>`; the store's name says which service to ask.
"""
