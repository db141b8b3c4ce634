"""What migration 0005 seeds: the regions before 2015, and nationalities that are taken for one another."""

from typing import Any

from services.registry.store.seeds import dated, read_yaml


def former_regions() -> list[dict[str, Any]]:
    """Return rows of `region` on the maps before today's."""
    document = read_yaml("former_territory.yaml")
    days = {"from": document["from"], "to": document["to"]}
    return [
        {
            "scheme": document["scheme"],
            **{name: row[name] for name in ("code", "iso", "fr", "ar")},
            **dated({**row, **days}),
        }
        for row in document["regions"]
    ]


def confusable_nationalities() -> list[dict[str, Any]]:
    """Return a row for each code: what it is taken for, and the question to ask."""
    return [
        {
            "code": code,
            "candidates": [other for other in row["codes"] if other != code],
            "fr": row["fr"],
            "ar": row["ar"],
            **dated(row),
        }
        for row in read_yaml("confusable_nationalities.yaml")["confusable_nationalities"]
        for code in row["codes"]
    ]
