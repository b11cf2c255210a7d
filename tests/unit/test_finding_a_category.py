"""Finding a category by everyday words: how often, by misspelt ones, and by none."""

from pathlib import Path

import pytest
import yaml

from portal.routing.finding import LONGEST, find_categories
from tests.support.presets import changzhou, hekou

PHRASES = yaml.safe_load(
    (Path(__file__).parents[1] / "support" / "phrases.yaml").read_text(encoding="utf-8")
)
#: The share that must be found among the first three. Measured: 92 % of those written afterwards,
#: 100 % of those written before.
FLOORS = {"after": 0.85, "before": 0.95}


@pytest.mark.parametrize("written", FLOORS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_people_say_leads_to_the_right_category_among_the_first_three(written, language):
    taxonomy, rows = changzhou().taxonomy, PHRASES[written][language]
    assert len(rows) >= 30
    missed = [
        (words, code) for words, code in rows if code not in find_categories(words, taxonomy, 3)
    ]
    assert 1 - len(missed) / len(rows) >= FLOORS[written], missed


def test_no_phrase_was_made_into_a_word_of_the_preset():
    words = {w for c in changzhou().taxonomy.categories.values() for w in c.synonyms}
    said = {text for by in PHRASES.values() for rows in by.values() for text, _code in rows}
    assert not words & said


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("滅火器", "fire.equipment_missing"),  # traditional characters
        ("電瓶車充電", "ebike.indoor_charging"),
        ("scafolding", "con.scaffold"),  # misspelt
        ("extingisher", "fire.equipment_missing"),
        ("ＦＯＲＫＬＩＦＴ", "special.forklift"),
        ("灭火", "fire.equipment_missing"),  # part of a word
        ("wages", "elsewhere.wages"),
    ],
)
def test_other_characters_slips_and_parts_of_words_find_the_same(words, code):
    assert find_categories(words, changzhou().taxonomy)[0] == code


@pytest.mark.parametrize(
    "words", ["", "   ", "的了", "the of and", "\x00\uffff", "🙂", "xq zzz", "१२३"]
)
def test_what_says_nothing_finds_nothing(words):
    assert find_categories(words, changzhou().taxonomy) == []


def test_every_category_of_every_preset_is_found_by_its_own_name_in_both_languages():
    for preset in (changzhou(), hekou()):
        for code, category in preset.taxonomy.categories.items():
            for name in (category.name.zh, category.name.en):
                assert code in find_categories(name, preset.taxonomy, 3), (code, name)


def test_a_book_that_is_typed_in_costs_no_more_than_its_first_words():
    taxonomy = changzhou().taxonomy
    assert find_categories("灭火器" + " q" * LONGEST + "叉车" * 100_000, taxonomy) == (
        find_categories("灭火器", taxonomy)
    )
