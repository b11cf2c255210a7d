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
from portal.cases.services.imports import Imported, import_cases
from portal.cases.services.kept import drop_view, mark_present, save_view
from portal.cases.services.promises import judge_promises
from portal.cases.services.road import move_case
from portal.cases.services.safety import matter_code, tell_safety
from portal.cases.services.sorting import accept_and_dispatch
from portal.cases.services.starting import Filed, file_report, first_columns
from portal.cases.services.telling import make_digests, remind_of_due, spread_notice
from portal.cases.services.visits import begin_visit, may_go
from portal.cases.services.writing import THINGS, clock_row, link_token, next_number

__all__ = [
    "THINGS",
    "Filed",
    "Imported",
    "Successors",
    "accept_and_dispatch",
    "begin_visit",
    "case_field",
    "clock_row",
    "close_account",
    "drop_view",
    "end_alarm",
    "enter_own_hazard",
    "file_report",
    "finish_own",
    "first_columns",
    "hand_over_left",
    "hand_up",
    "import_cases",
    "judge_promises",
    "leave_role",
    "link_token",
    "make_digests",
    "may_go",
    "mark_present",
    "matter_code",
    "move_case",
    "next_number",
    "record_breaches",
    "remind_of_due",
    "save_view",
    "spread_notice",
    "tell_safety",
    "watch_bursts",
]
