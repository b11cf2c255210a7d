"""Changing cases: the one function that moves them, and those that start one."""

from portal.cases.services.breaches import record_breaches
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

__all__ = [
    "THINGS",
    "Filed",
    "clock_row",
    "file_report",
    "first_columns",
    "link_token",
    "move_case",
    "next_number",
    "record_breaches",
]
