"""The rows of the table of moves that go with tasks: more time, levels, the first signature."""

from portal.access.kinds import Action
from portal.cases.kinds import OPEN, WITH_BOOK, WORKING
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import extending, interim, levels, supplementing
from portal.cases.lifecycle.move import Move
from portal.history.kinds import EventKind

MOVES_OF_TASKS = (
    Move(
        name="ask_extension",
        command=c.AskExtension,
        sources=WORKING,
        action=Action.ASK_EXTENSION,
        event=EventKind.EXTENSION_ASKED,
        open_if=extending.open_ask_extension,
        complete_if=extending.needs_ask_extension,
        effect=extending.ask_extension,
        untied=True,
    ),
    Move(
        name="decide_extension",
        command=c.DecideExtension,
        sources=WORKING,
        action=Action.DECIDE_EXTENSION,
        event=EventKind.EXTENSION_DECIDED,
        open_if=extending.open_decide_extension,
        complete_if=extending.needs_decide_extension,
        effect=extending.decide_extension,
        untied=True,
    ),
    Move(
        name="report_interim",
        command=c.ReportInterim,
        sources=WITH_BOOK,
        action=Action.REPORT_INTERIM,
        event=EventKind.INTERIM_REPORTED,
        complete_if=interim.needs_interim,
        effect=interim.report_interim,
    ),
    Move(
        name="decide_level",
        command=c.DecideLevel,
        sources=OPEN,
        action=Action.DECIDE_LEVEL,
        event=EventKind.LEVEL_DECIDED,
        open_if=levels.open_decide_level,
        complete_if=levels.needs_decide_level,
        effect=levels.decide_level,
        untied=True,
    ),
    Move(
        name="supplement_task",
        command=c.SupplementTask,
        sources=WITH_BOOK,
        action=Action.SUPPLEMENT_TASK,
        event=EventKind.TASK_SUPPLEMENTED,
        open_if=supplementing.open_supplement,
        complete_if=supplementing.needs_supplement,
        effect=supplementing.supplement,
        untied=True,
    ),
    Move(
        name="sign_check",
        command=c.SignCheck,
        sources=WITH_BOOK,
        action=Action.SIGN_CHECK,
        event=EventKind.CHECK_SIGNED,
        open_if=levels.open_sign_check,
        complete_if=levels.needs_sign_check,
        effect=levels.sign_check,
        untied=True,
    ),
)
