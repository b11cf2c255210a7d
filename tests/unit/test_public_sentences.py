"""What public pages say is so, in both languages: each sentence rests on a fact, held by a test."""

import re

import pytest

from script.translations import ROOT
from tests.support.sentences import chinese, facts, names_in, public_sentences, says_something

#: Words with which a translation would promise more than the sentence does.
ABSOLUTE = re.compile(r"绝不|绝对|(?<!无法)(?<!不能)保证|一定|永远|从不|任何人都|百分之百|完全")
AS_ABSOLUTE = re.compile(
    r"\b(never|nobody|no one|always|whole|nothing|not anywhere|for good|any|anyone|everything)\b",
    re.I,
)
DIGITS = {"一": "1", "二": "2", "两": "2", "三": "3", "十": "10"}


@pytest.mark.trap(48)
def test_every_public_sentence_rests_on_one_fact():
    bound = [sentence for fact in facts() for sentence in fact["sentences"]]
    twice = {sentence for sentence in bound if bound.count(sentence) > 1}
    assert twice == set()
    unbound = {one: path for one, path in public_sentences().items() if one not in bound}
    assert unbound == {}, "say in tests/support/facts.yaml what holds them"
    assert set(bound) - set(public_sentences()) == set(), "no page says these any more"


@pytest.mark.trap(48)
def test_every_fact_is_held_by_a_test_that_exists():
    for fact in facts():
        path, _, name = fact["held_by"].partition("::")
        if name:
            assert name in names_in(path), fact["held_by"]
        else:
            # No fact of the portal: what browsers do, what nobody can protect from, a label.
            assert (ROOT / path).exists() and not path.startswith("tests/"), fact["held_by"]
    named = [fact for fact in facts() if "::" in fact["held_by"]]
    assert len(named) > 0.95 * len(facts())


@pytest.mark.trap(48)
def test_the_chinese_promises_neither_more_nor_other_numbers():
    said = chinese()
    assert [one for one in public_sentences() if not says_the_same(one, said[one])] == []


def says_the_same(sentence, there):
    places = [sorted(set(re.findall(r"%\(\w+\)", one))) for one in (sentence, there)]
    numbers = re.findall(r"(?<![\w,.])\d+(?:,\d{3})*", sentence)
    bare = there.replace(",", "")
    counted = all(
        number.replace(",", "") in bare
        or any(DIGITS[han] == number for han in DIGITS if han in bare)
        for number in numbers
    )
    promises_more = ABSOLUTE.search(there) and not AS_ABSOLUTE.search(sentence)
    return places[0] == places[1] and counted and not promises_more


def test_labels_questions_and_requests_say_nothing():
    assert not says_something("Your name")
    assert not says_something("Where is it?")
    assert not says_something("Write where it is, so that someone can find it.")
    assert says_something("Write it down. We can’t recover it.")
