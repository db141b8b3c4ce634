"""Health: entitlement to coverage. Confidential care of women at risk comes as a second area with its own database.

Services know each other by the wire only; this one answers without asking any other.
"""
