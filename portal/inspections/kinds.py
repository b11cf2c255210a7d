"""Words of inspections that need no database."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l


class Level(StrEnum):
    GENERAL = "general"
    MAJOR = "major"

    @property
    def label(self) -> str:
        return str(LEVEL_LABELS[self])


class Method(StrEnum):
    MATRIX = "matrix"
    LEC = "lec"


LEVEL_LABELS = {Level.GENERAL: _l("General hazard"), Level.MAJOR: _l("Major hazard")}
