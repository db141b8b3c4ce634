"""The one door: tokens, forwarding, and the answers that need several services.

Owns: who may call (access), where a call goes (forwarding), what is put together from several
services (persons), and jobs by their id (events). Refuses to know: any rule of law, any person's
data at rest. The areas do not import each other; `app.py` hands each what it needs.
"""
