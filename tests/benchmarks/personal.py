"""How well the flags before sending find what is personal, and what hostile texts cost."""

import time

from portal.personal.find import find
from tests.benchmarks.results import Figure
from tests.support.personal import NUMBERS, score, sentences

BYTES = 50_000
#: Each makes the rules look as long as they can at every character.
HOSTILE = (
    "王",
    "叫王",
    "王建国",
    "1 3 ",
    "0519",
    "+1 ",
    "Mr Li ",
    "Zhang Wei ",
    "I am the a ",
    "苏A1",
    "a@",
)


def measure(rounds: int) -> list[Figure]:
    """Score the held-out sentences, and find in 50 KB of each hostile text."""
    found = score(sentences("held_out.txt"))
    counts = {kind: f"{found.found[kind]} of {count}" for kind, count in found.wanted.items()}
    worst = max(min(_seconds(text) for _ in range(rounds)) for text in HOSTILE)
    return [
        _share(
            "personal data: phones, ID and plate numbers found", found.share(*NUMBERS), 98, counts
        ),
        _share("personal data: names found", found.share("name"), 80, counts),
        _share("personal data: hints found", found.share("hint"), None, counts),
        Figure(
            name="personal data: clean sentences with a false alarm",
            value=round(100 * found.alarm_share, 1),
            unit="%",
            limit=10,
            note=f"{found.alarms} of {found.clean}",
        ),
        Figure(
            name="personal data: 50 KB of hostile text, CPU",
            value=round(worst * 1000, 1),
            unit="ms",
            limit=100,
        ),
    ]


def _share(name: str, share: float, limit: float | None, counts: dict[str, str]) -> Figure:
    value = round(100 * share, 1)
    return Figure(name=name, value=value, unit="%", limit=limit, at_least=True, detail=counts)


def _seconds(text: str) -> float:
    whole = (text * BYTES).encode()[:BYTES].decode(errors="ignore")
    before = time.process_time()
    find(whole)
    return time.process_time() - before
