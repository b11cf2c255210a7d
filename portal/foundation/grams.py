"""Grams of one and two characters: how Chinese is searched without a dictionary."""

import re
import unicodedata
from operator import add

#: Beyond this the grams of what one move brought are cut: a guard, far above the 11,000 that the
#: longest report and its place can have.
MOST = 20_000
WORD = re.compile(r"[^\W_]+", re.UNICODE)


def folded(text: str) -> str:
    """Return `text` with full-width forms, case and composition folded."""
    return unicodedata.normalize("NFKC", text).casefold()


def grams(*texts: str) -> list[str]:
    """Return the sorted grams of one and two characters within the words of `texts`."""
    found: set[str] = set()
    for text in texts:
        for word in WORD.findall(folded(text)):
            found.update(word)
            found.update(map(add, word, word[1:]))
    return sorted(found)[:MOST]


def query_grams(words: str) -> list[str]:
    """Return the grams that a case must hold to be found by `words`: longest there are."""
    found: set[str] = set()
    for word in WORD.findall(folded(words)):
        if len(word) == 1:
            found.add(word)
        found.update(map(add, word, word[1:]))
    return sorted(found)
