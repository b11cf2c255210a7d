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


class Result(StrEnum):
    """What came of one item of a checklist."""

    PASS = "pass"  # noqa: S105  no password
    PARTIAL = "partial"
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    NOT_CHECKED = "not_checked"

    @property
    def label(self) -> str:
        return str(RESULT_LABELS[self])


RESULT_LABELS = {
    Result.PASS: _l("Pass"),
    Result.PARTIAL: _l("Partial"),
    Result.FAIL: _l("Fail"),
    Result.NOT_APPLICABLE: _l("Not applicable"),
    Result.NOT_CHECKED: _l("Not checked"),
}


class Side(StrEnum):
    """Whose signature."""

    INSPECTOR = "inspector"
    UNIT = "unit"


class Signing(StrEnum):
    """What became of a signature under the record."""

    SIGNED = "signed"
    REFUSED = "refused"
    ABSENT = "absent"

    @property
    def label(self) -> str:
        return str(SIGNING_LABELS[self])


SIGNING_LABELS = {
    Signing.SIGNED: _l("signs"),
    Signing.REFUSED: _l("refuses to sign"),
    Signing.ABSENT: _l("nobody there who could sign"),
}
