"""Marked sentences, and how well the flags of personal data find what is marked."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from portal.personal.find import find

FOLDER = Path(__file__).parent
_MARK = re.compile(r"\{(\w+):([^}]*)\}")
#: What the marks say, and what the rules call it.
KINDS = {"id": "id", "phone": "phone", "plate": "plate", "name": "name", "self": "hint"}
NUMBERS = ("id", "phone", "plate")


@dataclass(frozen=True)
class Sentence:
    text: str
    #: Kind, start, end.
    marks: tuple[tuple[str, int, int], ...]


@dataclass
class Score:
    wanted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    alarms: int = 0
    #: For the set on which the rules are made; never printed for the other.
    missed: list[str] = field(default_factory=list)

    def share(self, *kinds: str) -> float:
        return sum(self.found[kind] for kind in kinds) / sum(self.wanted[kind] for kind in kinds)

    @property
    def alarm_share(self) -> float:
        return self.alarms / self.clean


def sentences(name: str) -> list[Sentence]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [_parsed(line) for line in lines if line and not line.startswith("#")]


def _parsed(line: str) -> Sentence:
    text, marks, at = "", [], 0
    for match in _MARK.finditer(line):
        text += line[at : match.start()]
        marks.append((KINDS[match[1]], len(text), len(text) + len(match[2])))
        text += match[2]
        at = match.end()
    return Sentence(text + line[at:], tuple(marks))


def score(some: list[Sentence]) -> Score:
    """Count what was found: a mark counts if pieces of its kind cover the better half of it."""
    result = Score()
    for sentence in some:
        found = find(sentence.text)
        if not sentence.marks:
            result.clean += 1
            if found:
                result.alarms += 1
                result.missed.append(f"alarm {[one.words for one in found]}: {sentence.text}")
        for kind, start, end in sentence.marks:
            result.wanted[kind] += 1
            covered = sum(
                max(0, min(end, one.end) - max(start, one.start))
                for one in found
                if one.kind == kind
            )
            if 2 * covered > end - start:
                result.found[kind] += 1
            else:
                result.missed.append(f"missed {kind} {sentence.text[start:end]}: {sentence.text}")
    return result
