"""What the demo city is made of, as the preset's file `demo.yaml` gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from portal.foundation.errors import SettingError
from portal.presets.kinds import Preset
from portal.presets.loader import DEMO_FILE, DEMO_PARTS

SCHEMA = "hazard-portal/demo@1"
#: Language of a report → its key in the file.
KEYS = {"zh_Hans_CN": "zh", "en": "en"}


@dataclass(frozen=True, slots=True)
class Theme:
    """One category of hazard: how it is reported and what inspectors find."""

    code: str
    weight: int
    scene: str
    trade: str
    #: Language → ways to say the same.
    texts: Mapping[str, Sequence[str]]
    #: (hazard, task) as staff write them.
    found: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Content:
    """The whole file; `words` holds what needs no shape of its own, by path."""

    themes: Mapping[str, Theme]
    words: Mapping[str, Any]

    def __getitem__(self, path: str) -> Any:
        """Return what stands under `a.b.c`."""
        found: Any = self.words
        for step in path.split("."):
            found = found[step]
        return found


def load(folder: Path, preset: Preset) -> Content:
    """Read the file beside a preset. Raises SettingError in one sentence."""
    file = folder / DEMO_FILE
    try:
        words = yaml.safe_load(file.read_text("utf-8"))
        parts = [
            yaml.safe_load((folder / name).read_text("utf-8"))
            for name in DEMO_PARTS
            if (folder / name).exists()
        ]
    except FileNotFoundError:
        raise SettingError(
            f"PORTAL_PRESET leads to {folder}, which has no {DEMO_FILE}: "
            "a demo can be made of the preset changzhou."
        ) from None
    except yaml.YAMLError as error:
        raise SettingError(f"{file.name} is no YAML: {error}") from None
    if not isinstance(words, dict) or words.get("schema") != SCHEMA:
        raise SettingError(f'{file.name} must begin with "schema: {SCHEMA}".')
    words |= {key: value for part in parts for key, value in part.items()}
    unknown = set(words["categories"]) - set(preset.taxonomy.categories)
    if unknown:
        raise SettingError(f"{file.name} names a category that taxonomy.yaml lacks: {min(unknown)}")
    themes = {
        code: Theme(
            code=code,
            weight=theme["weight"],
            scene=theme["scene"],
            trade=theme["trade"],
            texts={language: theme[key] for language, key in KEYS.items()},
            found=[(hazard, task) for hazard, task in theme["found"]],
        )
        for code, theme in words["categories"].items()
    }
    return Content(themes, words)
