"""What a measurement gives: figures with their limits, as a table and as JSON."""

import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number and its limit. `value` None: what it measures is not built yet."""

    name: str
    value: float | None
    unit: str
    #: At most (or at least) so much; None: told for information.
    limit: float | None = None
    at_least: bool = False
    note: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """Return `ok`, `TOO MUCH`, `TOO LITTLE`, `not built`, or nothing without a limit."""
        if self.value is None:
            return "not built"
        if self.limit is None:
            return ""
        if self.at_least:
            return "ok" if self.value >= self.limit else "TOO LITTLE"
        return "ok" if self.value <= self.limit else "TOO MUCH"

    @property
    def is_good(self) -> bool:
        return self.verdict in ("ok", "")


def not_built(name: str, what: str) -> Figure:
    """Return the figure of something that this version of the portal does not have."""
    return Figure(name=name, value=None, unit="", note=f"{what} does not exist yet")


def centile(times: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the times lie (nearest rank)."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def interleaved(
    contenders: Mapping[str, Callable[[], float]], rounds: int, warm_up: int
) -> dict[str, list[float]]:
    """Let all run in turn, so that what slows the machine slows all; return the times of each."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(warm_up + rounds):
        for name, run in contenders.items():
            taken = run()
            if number >= warm_up:
                times[name].append(taken)
    return times


def medians(times: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: median(values) for name, values in times.items()}


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as lines for people."""
    lines = []
    for figure in figures:
        value = "–" if figure.value is None else f"{figure.value:g} {figure.unit}".strip()
        sign = "≥" if figure.at_least else "≤"
        limit = "" if figure.limit is None else f"{sign} {figure.limit:g}"
        lines.append((figure.name, value, limit, figure.verdict, figure.note))
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    return "\n".join(
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[4]]
        ).rstrip()
        for line in lines
    )


def write_json(path: Path, figures: Sequence[Figure], options: Mapping[str, Any]) -> None:
    """Write everything measured, with the machine's kind and no name of it."""
    document = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "options": dict(options),
        "figures": [{**asdict(figure), "verdict": figure.verdict} for figure in figures],
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
