"""Tells at the end of a run which numbered traps its tests cover and what was left out, why."""

from collections import defaultdict

import pytest

TRAPS = 58


def numbers_of(item):
    """Return the traps that a test claims."""
    return [int(number) for mark in item.iter_markers("trap") for number in mark.args]


def pytest_collection_modifyitems(items):
    """Let the numbers travel with the reports: under xdist another process sums them up."""
    for item in items:
        for number in numbers_of(item):
            if not 1 <= number <= TRAPS:
                raise pytest.UsageError(f"{item.nodeid}: there is no trap {number}")
            item.user_properties.append(("trap", number))


def traps_of(reports):
    """Return the traps that the tests of these reports claim; a file that did not load has none."""
    found = [pair for report in reports for pair in getattr(report, "user_properties", ())]
    return {value for name, value in found if name == "trap"}


def pytest_terminal_summary(terminalreporter):
    """Print the covered traps (a test passed, none failed) and the reasons of skipped tests."""
    stats = terminalreporter.stats
    bad = traps_of([*stats.get("failed", []), *stats.get("error", [])])
    covered = traps_of(stats.get("passed", [])) - bad
    listed = ", ".join(map(str, sorted(covered))) or "none"
    terminalreporter.write_line(f"traps covered: {len(covered)} of {TRAPS}: {listed}")
    reasons = defaultdict(int)
    for report in stats.get("skipped", []):
        where = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[where.removeprefix("Skipped: ")] += 1
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"left out: {count} tests: {reason}")
    if not reasons:
        terminalreporter.write_line("left out: nothing")
