"""Figures, the table a person reads and the JSON a later run is compared with."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One ratio with its target.

    Attributes:
        code: Letter of the target.
        title: What is divided by what.
        ratio: The measured value.
        target: The value to reach.
        at_least: Whether more is better; otherwise less is.
        details: Absolute values of the same run, for orientation.
    """

    code: str
    title: str
    ratio: float
    target: float
    at_least: bool
    details: Mapping[str, float | int | str] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether the target is reached."""
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target

    @property
    def aim(self) -> str:
        """The target as it is printed."""
        return f"{'≥' if self.at_least else '≤'} {self.target:g}"


def table(figures: Sequence[Figure]) -> Table:
    """Return the figures as a table for a terminal."""
    drawn = Table(title="Side by side, one run", title_justify="left")
    for heading in ("", "what", "ratio", "target", "", "in this run"):
        drawn.add_column(heading, justify="right" if heading in {"ratio", "target"} else "left")
    for figure in figures:
        told = " · ".join(
            f"{name} {value:,.0f}" if isinstance(value, float | int) else f"{name} {value}"
            for name, value in figure.details.items()
        )
        verdict = "[green]met[/green]" if figure.met else "[yellow]short[/yellow]"
        drawn.add_row(figure.code, figure.title, f"{figure.ratio:.3f}", figure.aim, verdict, told)
    return drawn


def write(figures: Sequence[Figure], folder: Path, *, at: datetime | None = None) -> Path:
    """Write the figures as JSON.

    Args:
        figures: What was measured.
        folder: Where results are kept; made when missing.
        at: Instant of the run; the present one when left out.

    Returns:
        The file written, named by the instant.
    """
    taken_at = at or datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{taken_at:%Y%m%dT%H%M%SZ}.json"
    document = {
        "taken_at": taken_at.isoformat(),
        "machine": {"system": platform.platform(), "python": platform.python_version()},
        "figures": [asdict(figure) | {"met": figure.met} for figure in figures],
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def show(figures: Sequence[Figure]) -> None:
    """Print the table."""
    Console(width=160).print(table(figures))
