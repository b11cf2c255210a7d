"""What may tell who somebody is, found in what people write."""

import re
from re import _parser as parser
from re._constants import BRANCH, MAX_REPEAT, MIN_REPEAT, SUBPATTERN

import pytest

from portal.personal import hints, names, numbers
from portal.personal.find import find, without
from portal.personal.kinds import Kind
from portal.personal.numbers import has_right_check, is_identity_number
from tests.support.personal import NUMBERS, score, sentences

#: Ways in which a pattern may go on from one place, at most: the work for each character.
WAYS = 5000


def test_on_sentences_that_no_rule_was_made_for_the_promised_shares_are_kept():
    some = sentences("held_out.txt")
    found = score(some)
    assert len(some) == 200
    assert found.clean >= 60
    assert found.share(*NUMBERS) >= 0.98
    assert found.share("name") >= 0.80
    assert found.alarm_share <= 0.10


def test_the_sentences_the_rules_were_made_on_are_others_and_all_right():
    developed = sentences("developed.txt")
    assert not {one.text for one in developed} & {one.text for one in sentences("held_out.txt")}
    assert score(developed).missed == []


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("电话１３９－０５１９－８８７７", Kind.PHONE, "１３９－０５１９－８８７７"),
        ("打一三八零零一三八零零零", Kind.PHONE, "一三八零零一三八零零零"),
        ("找13800138000一直不接", Kind.PHONE, "13800138000"),
        ("写到 a.b@example.org 就行", Kind.PHONE, "a.b@example.org"),
        ("身份证 110105 19491231 002X", Kind.ID, "110105 19491231 002X"),
        ("他的110105491231002", Kind.ID, "110105491231002"),
        ("苏D·D12345", Kind.PLATE, "苏D·D12345"),
        ("苏d幺二三四五", Kind.PLATE, "苏d幺二三四五"),
        ("姓名：欧阳小明。", Kind.NAME, "欧阳小明"),
        ("my shift leader said", Kind.HINT, "my shift leader"),
    ],
)
def test_forms_in_which_people_write(text, kind, words):
    assert [(one.kind, one.words, text[one.start : one.end]) for one in find(text)] == [
        (kind, words, words)
    ]


@pytest.mark.parametrize(
    "text",
    ["91320404MA1XK7P30C", "GB 35181-2025", "20261123083000", "320404202613450012", "12345", ""],
)
def test_numbers_of_things_are_left_alone(text):
    assert find(text) == []


def test_the_check_character_tells_where_the_birthday_cannot():
    good, wrong = "11010519491331002", "110105194913310020"
    good += next(c for c in "0123456789X" if has_right_check(good + c))
    assert is_identity_number(good)
    assert not is_identity_number(wrong) or wrong == good
    # A slip of the finger is still somebody's number.
    assert is_identity_number("110105194912310021")


def test_pieces_never_overlap_and_what_was_answered_stays_out():
    text = "我叫王建国，我们班组的王师傅电话13800138000，车是苏D12345。"
    found = find(text)
    assert all(a.end <= b.start for a, b in zip(found, found[1:], strict=False))
    assert without(found, [one.words for one in found]) == []
    assert len(without(found, ["13800138000"])) == len(found) - 1


def test_no_pattern_can_take_more_than_a_fixed_work_for_each_character():
    """Of bounded length, nothing repeated within a repetition, and few ways to go on."""
    patterns = [*numbers.PATTERNS, *hints.PATTERNS, *names.PATTERNS]
    for pattern in patterns:
        tree = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
        assert tree.getwidth()[1] <= 120, pattern.pattern
        assert ways(tree) <= WAYS, (pattern.pattern, ways(tree))
    with pytest.raises(AssertionError):
        assert ways(parser.parse(r"(a{0,99}){0,99}b")) <= WAYS


def ways(tree):
    """The product of the choices of a pattern: bounds the tries from one place."""
    found = 1
    for kind, value in tree:
        if kind in (MAX_REPEAT, MIN_REPEAT):
            least, most, inner = value
            each = min(ways(inner), WAYS)
            found *= sum(each**count for count in range(min(int(most) - int(least), 60) + 1))
        elif kind is BRANCH:
            # Of plain alternatives two can go on from one place: the second of them is longer.
            several = [ways(branch) for branch in value[1] if ways(branch) > 1]
            found *= sum(several) + min(2, len(value[1]) - len(several))
        elif kind is SUBPATTERN:
            found *= ways(value[3])
        found = min(found, WAYS * WAYS)
    return found
