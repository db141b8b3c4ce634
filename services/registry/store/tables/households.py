"""Households, links between persons, and who must not see whom."""
