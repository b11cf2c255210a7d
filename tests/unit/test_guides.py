"""The guides: both languages, every picture there, and the words of the pages, none other."""

import re
from pathlib import Path

import pytest

from script.translations import read_catalogue

FOLDER = Path(__file__).parents[2] / "docs" / "guide"
GUIDES = sorted(path.stem for path in FOLDER.glob("*.md") if ".zh" not in path.name)
#: What is quoted and is no word of a page: names of others, an emphasis, a sentence told.
OTHERS = {"in", "Tor Browser", "IMG_2.jpg"}


def sources():
    """Every word of the pages, by language, without marks of values."""
    found = {"en": set(), "zh": set()}
    for message in read_catalogue():
        ids = message.id if isinstance(message.id, tuple | list) else [message.id]
        said = message.string if isinstance(message.string, tuple | list) else [message.string]
        found["en"] |= {_plain(one) for one in ids}
        found["zh"] |= {_plain(one) for one in said}
    return found


def _plain(words):
    return re.sub(r"%\(\w+\)[sd].*", "", str(words)).strip(" …:：").lower()


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_has_both_languages_its_pictures_and_the_words_of_the_pages(guide):
    known, sections = sources(), set()
    for language, name, quoted in (
        ("en", f"{guide}.md", r"(?<!\*)\*([^*\n]+)\*(?!\*)"),
        ("zh", f"{guide}.zh.md", r"“([^”\n]+)”"),
    ):
        text = (FOLDER / name).read_text("utf-8")
        sections.add((text.count("\n## "), text.count("<img")))
        for picture in re.findall(r'src="([^"]+)"', text):
            assert (FOLDER / picture).is_file(), (name, picture)
        words = {one.strip(" …:：") for one in re.findall(quoted, text)} - OTHERS
        strange = {one for one in words if _plain(one) not in known[language]}
        assert not strange, (name, sorted(strange))
    assert len(sections) == 1, "the two languages tell different things"


def test_every_guide_is_named_where_people_look_for_it():
    readme = (FOLDER.parents[1] / "README.md").read_text("utf-8")
    for guide in GUIDES:
        for name in (f"{guide}.md", f"{guide}.zh.md"):
            assert f"docs/guide/{name}" in readme, name
