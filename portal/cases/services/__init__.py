"""Changing cases: the one function that moves them, and those that start one."""

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
from portal.cases.services.telling import make_digests, remind_of_due, spread_notice

__all__ = [
    "THINGS",
    "Filed",
    "clock_row",
    "file_report",
    "first_columns",
    "link_token",
    "make_digests",
    "move_case",
    "next_number",
    "remind_of_due",
    "spread_notice",
]
