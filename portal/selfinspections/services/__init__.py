"""What units do by themselves, and taking part in it."""

from portal.selfinspections.services.declaring import (
    FINDS,
    NIL,
    REMINDED_AT_ONCE,
    declare,
    enrol,
    invite,
    remind_of_declarations,
)
from portal.selfinspections.services.doing import OVER, begin, drop, enter, finish, row_of
from portal.selfinspections.services.hazards import (
    WORDS_MOST,
    Found,
    enter_hazard,
    mark_handed_up,
    own_hazard,
    report_done,
    set_task,
)

__all__ = [
    "FINDS",
    "NIL",
    "OVER",
    "REMINDED_AT_ONCE",
    "WORDS_MOST",
    "Found",
    "begin",
    "declare",
    "drop",
    "enrol",
    "enter",
    "enter_hazard",
    "finish",
    "invite",
    "mark_handed_up",
    "own_hazard",
    "remind_of_declarations",
    "report_done",
    "row_of",
    "set_task",
]
