"""Likely categories by the everyday words in a text."""

import re
import unicodedata
from functools import lru_cache

from portal.presets.kinds import Category, Taxonomy


def suggest_categories(
    text: str, taxonomy: Taxonomy, limit: int = 3
) -> list[tuple[str, tuple[str, ...]]]:
    """Return up to `limit` category codes with the words of the text that speak for each.

    Best first: more and longer words count more; ties keep the order of the taxonomy. A hint for
    people, which decides nothing. Nothing found: an empty list.
    """
    folded = _folded(text)
    categories = tuple(taxonomy.categories.values())
    index = _index(tuple(_words(category) for category in categories))
    starts = {folded[at : at + length] for at in range(len(folded)) for length in (1, 2)}
    stand: dict[int, list[tuple[int, str]]] = {}
    for start in starts & index.keys():
        for number, place, word in index[start]:
            if _stands(word, folded):
                stand.setdefault(number, []).append((place, word))
    scored: list[tuple[int, int, tuple[str, ...]]] = []
    for number, found in sorted(stand.items()):
        words = [word for _, word in sorted(found)]
        # "exit" says nothing more where "fire exit" is found.
        told = tuple(
            word for word in words if not any(word in other and word != other for other in words)
        )
        scored.append((sum(_weight(word) for word in told), number, told))
    scored.sort(key=lambda item: -item[0])
    return [(categories[number].code, words) for _, number, words in scored[:limit]]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _words(category: Category) -> tuple[str, ...]:
    return _all_folded((category.name.zh, category.name.en, *category.synonyms))


@lru_cache(maxsize=4096)
def _all_folded(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_folded(word) for word in words))


@lru_cache(maxsize=16)
def _index(words: tuple[tuple[str, ...], ...]) -> dict[str, list[tuple[int, int, str]]]:
    """Return the words by their first two characters, each with its category's number and its own.

    A text is looked through once, not once for each of some thousand words.
    """
    index: dict[str, list[tuple[int, int, str]]] = {}
    for number, own in enumerate(words):
        for place, word in enumerate(own):
            index.setdefault(word.split()[0][:2], []).append((number, place, word))
    return index


def _weight(word: str) -> int:
    """A Chinese character says about as much as three letters."""
    return len(word) if word.isascii() else 3 * len(word)


def _stands(word: str, folded: str) -> bool:
    """Chinese is written without spaces; an English word must stand alone or in the plural."""
    if not word.isascii():
        return word in folded
    # Most words are not there at all, and this look is much the cheaper one.
    return word.split()[0] in folded and _pattern(word).search(folded) is not None


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str]:
    spaced = r"[\s-]+".join(re.escape(piece) for piece in word.split())
    return re.compile(rf"(?<![a-z0-9]){spaced}(?:e?s)?(?![a-z0-9])")
