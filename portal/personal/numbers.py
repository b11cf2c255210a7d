"""Telephone numbers and addresses of messengers, identity numbers, number plates.

Digits count in whatever form they are typed: full-width, with separators, as Chinese numerals.
Every pattern is of bounded length, with nothing repeated inside what repeats: the work for each
character is bounded, so that for a text it grows with its length alone.
"""

import re
from collections.abc import Iterator

from portal.personal.kinds import Found, Kind

#: One character for one, so that places in the text stay what they are.
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_NUMERALS = str.maketrans("零〇幺一二三四五六七八九壹贰叁肆伍陆柒捌玖", "001123456789123456789")

_MOBILE = re.compile(
    r"(?<![0-9A-Za-z.])(?:\+?86[-\s]?)?1[-\s]?[3-9](?:[-\s.·]?[0-9]){9}(?![0-9A-Za-z])"
)
_LANDLINE = re.compile(
    r"(?<![0-9A-Za-z.+-])\(?0(?:10|2[0-9]|[3-9][0-9]{2})\)?[-\s]{0,2}"
    r"[2-8][0-9]{2,3}[-\s]?[0-9]{4}(?![0-9])"
)
_FOREIGN = re.compile(r"(?<![0-9A-Za-z+])\+[1-9](?:[-\s()]{0,2}[0-9]){7,13}(?![0-9])")
#: Seven or eight digits alone are a telephone only where the words before say so.
_LOCAL = re.compile(
    r"(?:电话|座机|手机|拨打|打|联系|tel|phone|call|ring)[^0-9]{0,8}"
    r"(?<![0-9.])([2-8][0-9]{2,3}[-\s]?[0-9]{4})(?![0-9])",
    re.IGNORECASE,
)
_MESSENGER = re.compile(
    r"(?:微信|wechat|weixin|qq)(?:号码|号)?\s?[:是为]?\s?([a-z0-9][a-z0-9_-]{4,19})(?![a-z0-9_])",
    re.IGNORECASE,
)
_MAIL = re.compile(r"@[A-Za-z0-9-]{1,40}\.[A-Za-z0-9.-]{1,60}[A-Za-z]")
_BEFORE_AT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-")
_LONGEST_BEFORE_AT = 40

_ID = re.compile(r"(?<![0-9A-Za-z])[1-9](?:[-\s]?[0-9]){16}[-\s]?[0-9Xx](?![0-9A-Za-z])")
_OLD_ID = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{14}(?![0-9A-Za-z])")
_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (81, 83))
    for code in range(first, last + 1)
) | {"71", "91"}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"

_PROVINCE_MARKS = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_IN_PINYIN = (
    "jing|jin|hu|yu|ji|yun|liao|hei|xiang|wan|lu|xin|su|zhe|gan|e|gui|meng|shan|min|yue|qing|zang"
    "|chuan|ning|qiong"
)
_BODY = (
    r"(?:[A-HJ-NP-Z][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[DF]|[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳])"
)
_PLATE = re.compile(rf"[{_PROVINCE_MARKS}]\s?[A-HJ-NP-Z][-\s·.•‧・]{{0,2}}{_BODY}(?![0-9A-Z])")
_PLATE_IN_PINYIN = re.compile(
    rf"(?<![A-Za-z0-9])(?i:{_IN_PINYIN})[-\s·]?[A-HJ-NP-Z][-\s·]?{_BODY}(?![0-9A-Z])"
)
_CALLED_PLATE = re.compile(
    r"(?:车牌|牌照|车号|号牌|(?<![A-Z])PLATE|REGISTRATION)(?:\s?(?:号码|号|NUMBER|NO|IS|是|为)){0,2}"
    rf"[\s:.]{{0,2}}([A-HJ-NP-Z]?[-\s·]?{_BODY})(?![0-9A-Z])"
)
_EMBASSY = re.compile(r"使[0-9]{6}(?![0-9])")
#: With fewer it is a word.
_DIGITS_OF_A_PLATE = 2

PATTERNS = (
    _MOBILE,
    _LANDLINE,
    _FOREIGN,
    _LOCAL,
    _MESSENGER,
    _MAIL,
    _ID,
    _OLD_ID,
    _PLATE,
    _PLATE_IN_PINYIN,
    _CALLED_PLATE,
    _EMBASSY,
)


def numbers(text: str) -> Iterator[Found]:
    """Yield what looks like somebody's number; a piece may be found in two ways."""
    plain = text.translate(_FULL_WIDTH)
    spoken = plain.translate(_NUMERALS)
    # In the second a numeral that stands beside a number spoils it; in the first it is no digit.
    for form in dict.fromkeys((plain, spoken)):
        yield from _in_digits(text, form)
    yield from _addresses(text, plain)


def _in_digits(text: str, form: str) -> Iterator[Found]:
    for start, end in _identities(form):
        yield Found(Kind.ID, start, end, text[start:end])
    for pattern, group in ((_MOBILE, 0), (_LANDLINE, 0), (_FOREIGN, 0), (_LOCAL, 1)):
        for match in pattern.finditer(form):
            yield Found(Kind.PHONE, *match.span(group), text[slice(*match.span(group))])
    capitals = _capitals(form)
    for pattern, read, group in (
        (_PLATE, capitals, 0),
        (_PLATE_IN_PINYIN, form, 0),
        (_CALLED_PLATE, capitals, 1),
        (_EMBASSY, form, 0),
    ):
        for match in pattern.finditer(read):
            if sum(char.isdigit() for char in match[group]) >= _DIGITS_OF_A_PLATE:
                yield Found(Kind.PLATE, *match.span(group), text[slice(*match.span(group))])


def _capitals(text: str) -> str:
    # str.upper makes two characters of some: "ß".
    return text.translate({code: code - 32 for code in range(ord("a"), ord("z") + 1)})


def _identities(form: str) -> Iterator[tuple[int, int]]:
    for match in _ID.finditer(form):
        if is_identity_number(re.sub(r"[-\s]", "", match[0])):
            yield match.span()
    for match in _OLD_ID.finditer(form):
        if match[0][:2] in _PROVINCES and _is_day(f"19{match[0][6:12]}"):
            yield match.span()


def is_identity_number(number: str) -> bool:
    """Say whether 18 characters are an identity number.

    Province and birthday must be possible. The check character only helps where the day is not:
    people mistype theirs, and what is left is still a person's number.
    """
    if number[:2] not in _PROVINCES:
        return False
    return _is_day(number[6:14]) or (number[6:8] in ("19", "20") and has_right_check(number))


def has_right_check(number: str) -> bool:
    """Say whether the last of 18 characters follows from the others, as GB 11643 has it."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECKS[total % 11] == number[17].upper()


def _is_day(digits: str) -> bool:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    return 1900 <= year < 2100 and 1 <= month <= 12 and 1 <= day <= 31


def _addresses(text: str, plain: str) -> Iterator[Found]:
    for match in _MESSENGER.finditer(plain):
        yield Found(Kind.PHONE, *match.span(1), text[slice(*match.span(1))])
    for match in _MAIL.finditer(plain):
        start = match.start()
        least = max(0, start - _LONGEST_BEFORE_AT)
        while start > least and plain[start - 1] in _BEFORE_AT:
            start -= 1
        if start < match.start():
            yield Found(Kind.PHONE, start, match.end(), text[start : match.end()])
