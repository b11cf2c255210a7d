"""Words of task books that need no database."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l


class ItemState(StrEnum):
    WITH_UNIT = "with_unit"
    REPORTED = "reported"
    PASSED = "passed"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return str(ITEM_LABELS[self])


ITEM_LABELS = {
    ItemState.WITH_UNIT: _l("With the unit"),
    ItemState.REPORTED: _l("Reported done, not checked yet"),
    ItemState.PASSED: _l("Fixed and checked by another person"),
    ItemState.WITHDRAWN: _l("Withdrawn"),
}
