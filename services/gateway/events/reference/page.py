"""The catalogue as docs/events.md shows it; tests/gateway/events/test_page.py holds the page against it."""

from services.gateway.events.domain.catalogue import Catalogue

_HEAD = "| type | resource | `data`, besides `version` | en | fr | ar |\n|---|---|---|---|---|---|\n"


def catalogue_table(catalogue: Catalogue) -> str:
    """Return the table of event types in Markdown."""
    rows = (
        f"| `{each.type}` | `{each.resource}` | {', '.join(f'`{member}`' for member in each.members)} |"
        f" {each.when['en']} | {each.when['fr']} | {each.when['ar']} |\n"
        for each in catalogue.types.values()
    )
    return _HEAD + "".join(rows)
