"""The HTTP edge of vocational courses: wire to domain, call, domain to wire."""
