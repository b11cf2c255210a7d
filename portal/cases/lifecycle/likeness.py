"""How alike two reports are, by place, words and time: pure, with reasons that a page can say."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher
from functools import cached_property

from portal.foundation.grams import WORD, folded

#: Shares of place, words and category in the score.
PLACE, WORDS, CATEGORY = 0.5, 0.4, 0.1
#: From here on a pair is marked as likely the same matter; place and words must both speak for it.
LIKELY, LIKELY_PLACE, LIKELY_WORDS = 0.5, 0.45, 0.3
#: So sure a place and the same category are enough: two people seldom choose the same words.
SURE_PLACE = 0.65
#: Below this it is not worth a look.
WORTH_SHOWING = 0.22
#: Weighted cosine of the words at which they count as the same.
SAME_WORDS = 0.42
#: A place must share so many grams before its share counts in full.
PLACE_GRAMS = 4
#: Words in common that are quoted as a reason, in characters.
QUOTED = (3, 12)
#: After so many days the score has halved.
HALF_LIFE_DAYS = 120

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")}
_CHINESE_NUMBER = re.compile(r"[零一二三四五六七八九十百]+(?=[号幢栋楼层室单])")
_HOUSE = re.compile(r"(\d+)\s*号")


@dataclass(frozen=True, kw_only=True)
class Account:
    """What one case says, all its reports together."""

    text: str
    place: str
    jurisdiction: str | None = None
    township: str | None = None
    category: str | None = None
    unit: str | None = None
    at: datetime

    # Worked out once, though compared with forty others; hence no slots.

    @cached_property
    def text_pairs(self) -> set[str]:
        return pairs(self.text)

    @cached_property
    def place_pairs(self) -> set[str]:
        return pairs(self.place)

    @cached_property
    def houses(self) -> set[str]:
        return set(_HOUSE.findall(with_digits(folded(self.place))))


@dataclass(frozen=True, slots=True)
class Likeness:
    """`reasons`: codes of `kinds.LIKENESS` with their values, the strongest first."""

    score: float
    is_likely: bool
    reasons: tuple[tuple[str, Mapping[str, object]], ...] = field(default=())


Weights = Mapping[str, float]


def pairs(text: str) -> set[str]:
    """Return the pairs of neighbouring characters within the words of `text`."""
    found: set[str] = set()
    for word in WORD.findall(with_digits(folded(text))):
        found.update(word[i : i + 2] for i in range(len(word) - 1))
    return found


def with_digits(text: str) -> str:
    """Return `text` with house, floor and room numbers in digits: 十八号 becomes 18号."""
    return _CHINESE_NUMBER.sub(lambda match: str(_number(match[0])), text)


def _number(word: str) -> int:
    total, present = 0, 0
    for char in word:
        if char == "百":
            total, present = total + max(present, 1) * 100, 0
        elif char == "十":
            total, present = total + max(present, 1) * 10, 0
        else:
            present = _DIGITS[char]
    return total + present


def likeness(one: Account, other: Account, weights: Weights, common: Collection[str]) -> Likeness:
    """Compare two cases. `weights`: of rare grams more; `common`: words of every place there."""
    place, house = _place(one, other, weights, common)
    cosine = _cosine(one.text_pairs, other.text_pairs, weights)
    words = min(1.0, cosine / SAME_WORDS)
    same_category = bool(one.category) and one.category == other.category
    days = abs((one.at - other.at).days)
    aging = 0.5 ** (days / HALF_LIFE_DAYS)
    score = (PLACE * place + WORDS * words + CATEGORY * same_category) * aging
    by_words = score >= LIKELY and place >= LIKELY_PLACE and words >= LIKELY_WORDS
    by_category = same_category and place >= SURE_PLACE and days <= HALF_LIFE_DAYS
    is_likely = by_words or by_category
    return Likeness(
        score, is_likely, tuple(_reasons(one, other, place, house, same_category, days))
    )


def _place(
    one: Account, other: Account, weights: Weights, common: Collection[str]
) -> tuple[float, bool]:
    """Return how far the places agree, 0…1, and whether a house number is the same."""
    if one.unit and one.unit == other.unit:
        return 1.0, False
    own, their = one.place_pairs - frozenset(common), other.place_pairs - frozenset(common)
    there = max(
        _held(own, their | other.text_pairs, weights), _held(their, own | one.text_pairs, weights)
    )
    houses, others = one.houses, other.houses
    if houses and others:
        # Another number in the same road is another place.
        there *= 1.0 if houses & others else 0.35
    if one.township and other.township and one.township != other.township:
        there *= 0.4
    elif one.jurisdiction and other.jurisdiction and one.jurisdiction != other.jurisdiction:
        there *= 0.2
    return there, bool(houses & others)


def _held(grams: set[str], by: set[str], weights: Weights) -> float:
    """Return the weighted share of `grams` that the other side holds too."""
    shared = grams & by
    whole = _weight(grams, weights)
    if not whole:
        return 0.0
    return _weight(shared, weights) / whole * min(1.0, len(shared) / PLACE_GRAMS)


def _cosine(one: set[str], other: set[str], weights: Weights) -> float:
    norm = math.sqrt(_weight(one, weights) * _weight(other, weights))
    return _weight(one & other, weights) / norm if norm else 0.0


def _weight(grams: Collection[str], weights: Weights) -> float:
    return sum(weights.get(gram, 1.0) for gram in grams)


def _reasons(
    one: Account, other: Account, place: float, house: bool, same_category: bool, days: int
) -> list[tuple[str, Mapping[str, object]]]:
    found: list[tuple[str, Mapping[str, object]]] = []
    if one.unit and one.unit == other.unit:
        found.append(("same_unit", {}))
    elif place >= LIKELY_PLACE:
        found.append(("same_address" if house else "like_place", {}))
    elif one.township and one.township == other.township:
        found.append(("same_township", {}))
    quoted = _common_words(one.text, other.text)
    if quoted:
        found.append(("same_words", {"words": quoted}))
    if same_category:
        found.append(("same_category", {}))
    if days > 1:
        found.append(("days_apart", {"days": days}))
    else:
        found.append(("a_day_apart" if days else "same_day", {}))
    return found


def _common_words(one: str, other: str) -> str:
    least, most = QUOTED
    match = SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
    words = one[match.a : match.a + match.size].strip(" ，。、；：！？,.;:!?\n")
    if len(words) < least:
        return ""
    return words if len(words) <= most else words[: most - 1] + "…"
