"""What stands at the head of every file: period, rules and moment."""

from collections.abc import Iterator, Sequence

from flask_babel import gettext as _

from portal.oversight.views._asking import Question
from portal.web.filters import local
from portal.web.spreadsheet import Cell


def about(wanted: Question) -> Iterator[Sequence[Cell]]:
    """Yield period, filters, version of the limits, moment of computing."""
    yield [
        _("Period"),
        wanted.arguments["from"],
        wanted.arguments["to"],
        _("start included, end not"),
    ]
    for name, value in wanted.arguments.items():
        if name not in ("from", "to"):
            yield [_("Only"), name, value]
    yield [_("Version of the time limits"), wanted.preset.limits.version]
    yield [_("Computed at"), local(wanted.now).isoformat(timespec="seconds")]
