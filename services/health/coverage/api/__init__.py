"""The wire: what is asked becomes domain values, what was decided becomes an answer."""
