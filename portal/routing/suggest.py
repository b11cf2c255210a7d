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
    if not folded.strip():
        return []
    scored: list[tuple[int, str, tuple[str, ...]]] = []
    for category in taxonomy.categories.values():
        words = tuple(word for word in _words(category) if _stands(word, folded))
        # "exit" says nothing more where "fire exit" is found.
        told = tuple(
            word for word in words if not any(word in other and word != other for other in words)
        )
        if told:
            scored.append((sum(_weight(word) for word in told), category.code, told))
    scored.sort(key=lambda item: -item[0])
    return [(code, words) for _, code, words in scored[:limit]]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _words(category: Category) -> tuple[str, ...]:
    return _all_folded((category.name.zh, category.name.en, *category.synonyms))


@lru_cache(maxsize=4096)
def _all_folded(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_folded(word) for word in words))


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
