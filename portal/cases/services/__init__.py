"""Changing cases: the one function that moves them, those that start one, and what lies beside."""

from portal.cases.services.alarms import end_alarm, watch_bursts
from portal.cases.services.breaches import record_breaches
from portal.cases.services.handing_over import (
    Successors,
    case_field,
    close_account,
    hand_over_left,
    leave_role,
)
from portal.cases.services.handing_up import enter_own_hazard, finish_own, hand_up
from portal.cases.services.helping import (
    HELP_BARRED,
    ask_for_help,
    find_while_helping,
    keep_barred,
    write_down_help,
)
from portal.cases.services.imports import Imported, import_cases
from portal.cases.services.inside import file_inside, take_outside, take_up_inside
from portal.cases.services.kept import drop_view, mark_present, save_view
from portal.cases.services.lapsing import lapse_rewards
from portal.cases.services.lessons import (
    Seen,
    draft_lesson,
    edit_lesson,
    hand_in_lesson,
    judge_lesson,
    material_of,
    may_write,
    own_material,
    pass_lesson,
    publish_lesson,
    send_lesson_back,
    sweep_lesson,
    withdraw_lesson,
    words_of,
)
from portal.cases.services.promises import judge_promises
from portal.cases.services.road import move_case
from portal.cases.services.safety import matter_code, tell_safety
from portal.cases.services.sorting import accept_and_dispatch
from portal.cases.services.starting import Filed, file_report, first_columns
from portal.cases.services.telling import make_digests, remind_of_due, spread_notice
from portal.cases.services.visits import begin_visit, may_go
from portal.cases.services.writing import (
    THINGS,
    clock_row,
    link_token,
    next_number,
    rebuild_clocks,
)

__all__ = [
    "HELP_BARRED",
    "THINGS",
    "Filed",
    "Imported",
    "Seen",
    "Successors",
    "accept_and_dispatch",
    "ask_for_help",
    "begin_visit",
    "case_field",
    "clock_row",
    "close_account",
    "draft_lesson",
    "drop_view",
    "edit_lesson",
    "end_alarm",
    "enter_own_hazard",
    "file_inside",
    "file_report",
    "find_while_helping",
    "finish_own",
    "first_columns",
    "hand_in_lesson",
    "hand_over_left",
    "hand_up",
    "import_cases",
    "judge_lesson",
    "judge_promises",
    "keep_barred",
    "lapse_rewards",
    "leave_role",
    "link_token",
    "make_digests",
    "mark_present",
    "material_of",
    "matter_code",
    "may_go",
    "may_write",
    "move_case",
    "next_number",
    "rebuild_clocks",
    "own_material",
    "pass_lesson",
    "publish_lesson",
    "record_breaches",
    "remind_of_due",
    "save_view",
    "send_lesson_back",
    "spread_notice",
    "sweep_lesson",
    "take_outside",
    "take_up_inside",
    "tell_safety",
    "watch_bursts",
    "withdraw_lesson",
    "words_of",
    "write_down_help",
]
