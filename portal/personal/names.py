"""Names of people, by list and by what stands beside them.

For each place at which a name may begin a fixed number of looks: the work grows with the length
of the text alone.
"""

import re
from collections.abc import Iterator

from portal.personal import words as w
from portal.personal.kinds import Found, Kind

_SURNAME = re.compile(
    f"{'|'.join(sorted(w.COMPOUND))}|[{''.join(sorted(w.SURNAMES | w.ALSO_WORDS))}]"
)
_TITLE = re.compile("|".join(sorted(w.TITLES, key=len, reverse=True)))
#: Between what announces a name and the name.
_FILLERS = frozenset("是为叫：:， \u3000的")
_FILLERS_MOST = 2
_BEFORE_LENGTHS = sorted({len(word) for word in w.BEFORE})
_BEFORE_ENDS = frozenset(word[-1] for word in w.BEFORE) | _FILLERS
_NICKS = frozenset("老小阿")
_GIVEN_MOST = 2

_WORD = re.compile(r"[A-Za-z][A-Za-z’']{0,24}")
_TITLED = re.compile(r"\b([A-Za-z]{2,11})\.?,? (?=([A-Z][a-z’']{1,20})(?: ([A-Z][a-z’']{1,20}))?)")
_INTRODUCED = re.compile(
    r"\b(?:my name is|my name’s|my name's|his name is|her name is|name is|name:|i am called|named"
    r"|called|known as|i am|i'm|i’m|ask for|contact|speak to|talk to|tell|told|signed by|give) ",
    re.IGNORECASE,
)
#: After these whatever follows is a name, in small letters too.
_SURELY = ("my name", "his name", "her name", "name is", "name:")
_CAPITALS = re.compile(r"\b([A-Z][a-z’']{1,20}) (?=([A-Z][a-z’']{1,20}))")

#: Of two words in capitals that are a name without a title.
_NO_PART = w.NOT_CAPITALS | w.ENGLISH_TITLES

PATTERNS = (_SURNAME, _TITLE, _WORD, _TITLED, _INTRODUCED, _CAPITALS)


def names(text: str) -> Iterator[Found]:
    """Yield what looks like somebody's name; a piece may be found in two ways."""
    end = 0
    for match in _SURNAME.finditer(text):
        if match.start() >= end and (found := _chinese(text, match)):
            yield found
            end = found.end
    yield from _english(text)


def _found(text: str, start: int, end: int) -> Found:
    return Found(Kind.NAME, start, end, text[start:end])


def _chinese(text: str, match: re.Match[str]) -> Found | None:
    start, after = match.span()
    if text[start : start + 2] in w.NOT_NAMES:
        return None
    before = text[start - 1] if start else ""
    begins = not _is_chinese(before) or before in w.OPENERS
    is_sure = match[0] not in w.ALSO_WORDS
    nicked = before in _NICKS
    if is_sure or begins or nicked:
        given = _given(text, after)
        end = _titled(text, after, given, begins=begins or nicked)
        if end is not None and (is_sure or begins):
            return _found(text, start, end)
    if before == "姓":
        return _found(text, start, after)
    announced = None if match[0] in w.JOINING else _announced(text, start)
    if announced:
        return _introduced(text, match, sure=announced in w.SURELY_BEFORE)
    if (
        nicked
        and is_sure
        and (start < 2 or not _is_chinese(text[start - 2]) or text[start - 2] in w.OPENERS)
    ):
        return _nick(text, start, after)
    return _bare(text, match, is_sure=is_sure) if begins else None


def _announced(text: str, end: int) -> str | None:
    """Return the word that announces a name at `end`: 负责人、姓名是."""
    for _ in range(_FILLERS_MOST + 1):
        if end == 0 or text[end - 1] not in _BEFORE_ENDS:
            return None
        for length in _BEFORE_LENGTHS:
            if length <= end and text[end - length : end] in w.BEFORE:
                return text[end - length : end]
        if text[end - 1] not in _FILLERS:
            return None
        end -= 1
    return None


def _is_chinese(char: str) -> bool:
    return "一" <= char <= "鿿"


def _given(text: str, after: int) -> int:
    """Return how many characters after the surname a given name may have."""
    count = 0
    while (
        count < _GIVEN_MOST
        and text[after + count : after + count + 1] in w.GIVEN
        and text[after + count : after + count + 1]
    ):
        count += 1
    return count


def _titled(text: str, after: int, given: int, *, begins: bool) -> int | None:
    """Return where name and title end: 王师傅, 王建国师傅, 王工."""
    for count in range(given + 1):
        title = _TITLE.match(text, after + count)
        if title:
            return title.end()
    short = text[after : after + 1]
    if begins and short in w.SHORT_TITLES:
        goes_on = text[after + 1 : after + 2]
        if not goes_on or goes_on not in w.SHORT_TITLES[short]:
            return after + 1
    return None


def _introduced(text: str, match: re.Match[str], *, sure: bool) -> Found | None:
    start, after = match.span()
    given = _given(text, after)
    if sure:
        # Any characters, if the name then ends: 叫田野。
        for count in (_GIVEN_MOST, 1):
            part = text[after : after + count]
            if (
                len(part) == count
                and all(_is_chinese(char) and char not in w.NEVER_GIVEN for char in part)
                and not _is_chinese(text[after + count : after + count + 1])
            ):
                return _found(text, start, after + count)
    least = 1 if match[0] in w.SURNAMES or len(match[0]) > 1 else _GIVEN_MOST
    if given >= least and not _is_place(text, after + given):
        return _found(text, start, after + given)
    return None


def _nick(text: str, start: int, after: int) -> Found | None:
    following = text[after : after + 1]
    if text[start] not in w.FREQUENT and _is_chinese(following) and following not in w.GOERS:
        return None
    return None if following in w.NAMED_AFTER else _found(text, start - 1, after)


def _bare(text: str, match: re.Match[str], *, is_sure: bool) -> Found | None:
    """A name that nothing announces: 王建国把门锁了."""
    start, after = match.span()
    if match[0] in w.JOINING:
        return None
    given = _given(text, after)
    following = text[after + given : after + given + 1]
    goes_on = not _is_chinese(following) or following in w.GOERS
    if given == _GIVEN_MOST:
        is_word = text[after : after + _GIVEN_MOST] in w.NOT_GIVEN or _is_place(text, after + given)
        return _found(text, start, after + given) if (is_sure or goes_on) and not is_word else None
    if given and match[0] in w.FREQUENT and text[after : after + 1] in w.GIVEN_ALONE and goes_on:
        return _found(text, start, after + 1)
    return None


def _is_place(text: str, end: int) -> bool:
    return text[end : end + 1] in w.NAMED_AFTER or any(
        text.startswith(word, end) for word in w.NAMED_AFTER_LONG
    )


def _english(text: str) -> Iterator[Found]:
    end = 0
    for match in _TITLED.finditer(text):
        is_title = match.start() >= end and match[1].lower() in w.ENGLISH_TITLES
        if is_title and (found := _after_title(text, match)):
            yield found
            end = found.end
    for match in _INTRODUCED.finditer(text):
        is_sure = match[0].lower().startswith(_SURELY)
        if found := _after_words(text, match.end(), sure=is_sure):
            yield found
    for match in _CAPITALS.finditer(text):
        if _are_names(match[1], match[2]) and not _is_firm(text, match.end(2)):
            yield _found(text, match.start(), match.end(2))


def _word(text: str, start: int) -> re.Match[str] | None:
    return _WORD.match(text, start)


def _after_title(text: str, match: re.Match[str]) -> Found | None:
    if match[2].lower() in w.NOT_CAPITALS:
        return None
    is_personal = match[1].lower() in w.PERSONAL_TITLES and match[1][0].isupper()
    if not is_personal and not _is_name(match[2]):
        return None
    is_longer = match[3] is not None and match[3].lower() not in w.NOT_CAPITALS
    end = match.end(3) if is_longer else match.end(2)
    return None if _is_firm(text, end) else _found(text, match.start(), end)


def _after_words(text: str, start: int, *, sure: bool) -> Found | None:
    word = _word(text, start)
    if word is None or word[0].lower() in w.NOT_CAPITALS:
        return None
    end = _second(text, word.end())
    if _is_firm(text, end):
        return None
    if word[0][0].isupper():
        return _found(text, start, end) if sure or _is_name(word[0]) else None
    if not sure or not _is_name(word[0]):
        return None
    following = _word(text, word.end() + 1)
    is_pair = following is not None and _is_pinyin(following[0].lower())
    return _found(text, start, following.end() if following and is_pair else word.end())


def _second(text: str, end: int) -> int:
    """Return where a name ends that may go on with one more word in capitals."""
    following = _word(text, end + 1) if text[end : end + 1] == " " else None
    if following is None or not following[0][0].isupper():
        return end
    return end if following[0].lower() in w.NOT_CAPITALS else following.end()


def _is_firm(text: str, end: int) -> bool:
    following = _word(text, end + 1) if text[end : end + 1] == " " else None
    return following is not None and following[0].lower() in w.CAPITALS_AFTER


def _is_name(word: str) -> bool:
    lowered = word.lower()
    return lowered in w.FIRST_NAMES or lowered in w.PINYIN_SURNAMES


def _are_names(first: str, second: str) -> bool:
    """Say whether two words in capitals are a person: James Porter, Zhang Wei, Wei Zhang."""
    first, second = first.lower(), second.lower()
    if f"{first} {second}" in w.NOT_TOGETHER:
        return False
    if {first, second} & _NO_PART or second in w.CAPITALS_AFTER:
        return False
    if first in w.FIRST_NAMES:
        return True
    if first in w.PINYIN_SURNAMES and _is_pinyin(second):
        return True
    return second in w.PINYIN_SURNAMES and _is_pinyin(first) and len(first) > _GIVEN_MOST


def _is_pinyin(word: str) -> bool:
    """Say whether a word is one or two syllables."""
    return word in w.SYLLABLES or any(
        word[:cut] in w.SYLLABLES and word[cut:] in w.SYLLABLES
        for cut in range(1, min(len(word), 7))
    )
