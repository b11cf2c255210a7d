"""Changing cases: the one function that moves them, those that start one, and what lies beside."""

from portal.cases.services.breaches import record_breaches
from portal.cases.services.kept import drop_view, mark_present, save_view
from portal.cases.services.road import (
    THINGS,
    Filed,
    clock_row,
    file_report,
    first_columns,
    link_token,
    move_case,
    next_number,
)
from portal.cases.services.sorting import accept_and_dispatch

__all__ = [
    "THINGS",
    "Filed",
    "accept_and_dispatch",
    "clock_row",
    "drop_view",
    "file_report",
    "first_columns",
    "link_token",
    "mark_present",
    "move_case",
    "next_number",
    "record_breaches",
    "save_view",
]
