"""Presets for tests: the built-in one, an invented town, and copies that can be broken."""

import shutil
from functools import cache
from pathlib import Path

from portal.presets.kinds import Preset
from portal.presets.loader import folder_of, read
from portal.routing.matters import GroupFacts

CHANGZHOU = folder_of("changzhou")
HEKOU = Path(__file__).parent / "cities" / "hekou"


@cache
def changzhou() -> Preset:
    """The built-in preset, read once."""
    return read(CHANGZHOU).preset


@cache
def hekou() -> Preset:
    """The invented town, read once."""
    return read(HEKOU).preset


def staffed(preset: Preset) -> dict[str, GroupFacts]:
    """All groups of a preset, four people in each."""
    return {group.code: GroupFacts(people_count=4) for group in preset.city.groups}


def copy_of(folder: Path, target: Path) -> Path:
    """A copy of a preset that a test may change."""
    return Path(shutil.copytree(folder, target / folder.name))


def replace_in(folder: Path, file: str, old: str, new: str) -> int:
    """Replace a text that stands once, and return the number of the line where it stood."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1
