"""Finding a category by everyday words, misspelt ones and traditional characters too. Pure.

`suggest` reads a whole report and speaks only where a word stands there exactly; here somebody
looks for something, so that what is merely near is better than nothing.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from portal.presets.kinds import Category, Taxonomy
from portal.routing.characters import SIMPLER

#: Words longer than this are no search: the rest is not looked at.
LONGEST = 200
#: How alike a misspelt word and a known one must be, by their grams of three letters.
LIKE = 0.5
#: What a find must weigh against the best one to be told at all.
WORTH = 0.2
#: Stands before a word that was left as it was written.
WHOLE = "="
_LATIN = re.compile(r"[a-z0-9]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_ENDINGS = re.compile(r"(?<=[a-z]{3})(?:ings?|ed|ers?|es|s|ly|y|e)$")
#: Words that say nothing of a hazard.
_SAYING_NOTHING = (
    "a an and are at be been by can do does for from get got has have he her his i in into is it"
    " its me my of off on or our out she so some that the their them there they this to up us was"
    " we were when which who with you your no not nobody nothing any all very too now next one two"
    " three"
)
_EMPTY = frozenset(_SAYING_NOTHING.split())
_EMPTY_CHINESE = frozenset("的了在是有和就都也很还着吗呢啊我你他她们这那个里把被给人上下不没")


def find_categories(words: str, taxonomy: Taxonomy, limit: int = 8) -> list[str]:
    """Return up to `limit` category codes for what somebody looks for, the likeliest first.

    By how rare the pieces are that words and category share: two Chinese characters in a row, or
    an English word without its ending. Nothing near: an empty list.
    """
    index = _index(tuple(_key(category) for category in taxonomy.categories.values()))
    asked = _pieces(_folded(words[:LONGEST]))
    scored = index.score(asked)
    if not scored:
        return []
    best = max(scored.values())
    order = {code: place for place, code in enumerate(taxonomy.categories)}
    found = sorted(
        (code for code, score in scored.items() if score >= WORTH * best),
        key=lambda code: (-scored[code], order[code]),
    )
    return found[:limit]


def _key(category: Category) -> tuple[str, tuple[str, ...]]:
    return category.code, (category.name.zh, category.name.en, *category.synonyms)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(SIMPLER)


def _pieces(text: str) -> Counter[str]:
    """Return what a text is compared by: pairs of characters, single ones, stems of words."""
    found: Counter[str] = Counter()
    for run in _CHINESE.findall(text):
        telling = [char for char in run if char not in _EMPTY_CHINESE]
        found.update(telling)
        found.update(a + b for a, b in zip(run, run[1:], strict=False))
        # "楼梯口堆" is near to "楼梯堆": the pairs of what is told, without what stands between.
        found.update(a + b for a, b in zip(telling, telling[1:], strict=False))
    for word in _LATIN.findall(text):
        if word not in _EMPTY:
            # The word as it was written, too: "lift" is nearer to "lift" than to "lifting".
            found.update((_stem(word), WHOLE + word))
    return found


def _stem(word: str) -> str:
    return _ENDINGS.sub("", word)


class _Index:
    """The pieces of all categories, with how much each of them says."""

    def __init__(self, categories: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        self.held: dict[str, dict[str, float]] = {}
        codes = 0
        for code, words in categories:
            codes += 1
            for word in words:
                pieces = _pieces(_folded(word))
                for piece in pieces:
                    # What stands alone as a word of the category says more than a part of one.
                    telling = [one for one in pieces if len(one) > 1 and one[0] != WHOLE]
                    share = 1.0 / len(telling or pieces) ** 0.5
                    mine = self.held.setdefault(piece, {})
                    mine[code] = max(mine.get(code, 0.0), share)
        self.weights: Mapping[str, float] = {
            piece: math.log(1 + codes / len(holders)) * _says(piece)
            for piece, holders in self.held.items()
        }
        self.grams = {
            piece: _grams(piece) for piece in self.held if piece.isascii() and piece[0] != WHOLE
        }

    def score(self, asked: Iterable[str]) -> dict[str, float]:
        found: dict[str, float] = {}
        for piece in asked:
            known, likeness = (piece, 1.0) if piece in self.held else self._nearest(piece)
            for code, share in self.held.get(known, {}).items():
                found[code] = found.get(code, 0.0) + self.weights[known] * share * likeness
        return found

    def _nearest(self, piece: str) -> tuple[str, float]:
        """Return the known word that is most like a misspelt one, and how alike."""
        if not piece.isascii() or piece[0] == WHOLE or len(piece) < 4:
            return "", 0.0
        own = _grams(piece)
        best, most = "", LIKE
        for word, grams in self.grams.items():
            alike = 2 * len(own & grams) / (len(own) + len(grams))
            if alike > most:
                best, most = word, alike
        return best, most


def _says(piece: str) -> float:
    """A single Chinese character says little beside a pair of them or a word."""
    return 0.3 if len(piece) == 1 or piece.startswith(WHOLE) else 1.0


def _grams(word: str) -> frozenset[str]:
    marked = f"^{word}$"
    return frozenset(marked[at : at + 2] for at in range(len(marked) - 1))


_index = lru_cache(maxsize=8)(_Index)
