"""The list of the cases behind a figure, on a page and as a file."""

from collections.abc import Iterator, Sequence

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.foundation.db import db
from portal.measures import published
from portal.measures.catalogue import BY_NAME
from portal.measures.listing import Listed, page_behind
from portal.measures.stages import STAGES, WHOLE
from portal.oversight.views import oversight
from portal.oversight.views._about import about
from portal.oversight.views._asking import Question, question
from portal.oversight.views._table import Asked, asked, shown_name, table
from portal.web.filters import local
from portal.web.pages import current_actor, needs
from portal.web.spreadsheet import Cell, csv_response

EXPORTED = (*STAGES, WHOLE)
#: The definitions that stand in the file, by stage.
DEFINITIONS = {
    "acceptance": published.time_to_acceptance,
    "dispatch": published.time_to_dispatch,
    "sign_for": published.time_to_signing,
    "first_response": published.time_to_first_answer,
    "visit": published.time_to_visit,
    "verification": published.time_to_verification,
    "conclusion": published.time_to_conclusion,
    "closure": published.time_to_closure,
    "whole": published.time_to_answer,
}


@oversight.get("/cases")
@needs(Action.READ_MEASURES)
def cases() -> ResponseReturnValue:
    wanted = question()
    found = asked("waiting")
    page = render_template(
        "oversight/cases.html",
        question=wanted,
        form=wanted.form,
        name=shown_name(found.show, wanted.preset),
        show=found.show,
        table=table(wanted, found),
    )
    return page, 422 if wanted.form.errors else 200


@oversight.get("/cases.csv")
@needs(Action.READ_MEASURES)
def cases_csv() -> ResponseReturnValue:
    """All rows of the list; what a reporter did is a day and no time."""
    wanted = question()
    found = asked("waiting")
    return csv_response(f"cases-{found.show}", [*_head(wanted, found), *_rows(wanted, found)])


def _head(wanted: Question, found: Asked) -> Iterator[Sequence[Cell]]:
    yield [_("Shown"), shown_name(found.show, wanted.preset), found.show]
    yield from about(wanted)
    for stage in EXPORTED:
        measure = BY_NAME[DEFINITIONS[stage.id].__name__]
        yield [str(stage.name), _(measure.definition)]
    yield []
    yield [
        *(_("Number"), _("Group"), _("Category"), _("District"), _("State"), _("Received on")),
        *(str(stage.name) for stage in EXPORTED),
        *(f"{stage.name}: {_('missed')}" for stage in EXPORTED if stage.limits),
    ]


def _rows(wanted: Question, found: Asked) -> Iterator[Sequence[Cell]]:
    page = page_behind(
        db.session(),
        current_actor(),
        wanted.selection(found.show),
        wanted.preset,
        sort=found.sort,
        descending=found.descending,
        limit=None,
    )
    codes = {group.id: group.code for group in wanted.groups.values()}
    for one in page.rows:
        yield _row(one, codes.get(one.case.group_id, "") if one.case.group_id else "")


def _row(one: Listed, group: str) -> Sequence[Cell]:
    case, cells = one.case, one.cells
    state = case.resolution.value if case.resolution else case.state.value
    spent: list[Cell] = []
    for stage in EXPORTED:
        cell = cells.get(stage.id)
        # An open one is marked: a file that hides it would make survivors of the rest.
        spent.append(None if cell is None else cell.spent if cell.is_done else f"> {cell.spent}")
    missed: list[Cell] = [
        None if stage.id not in cells else int(cells[stage.id].is_late)
        for stage in EXPORTED
        if stage.limits
    ]
    return [
        *(case.number, group, case.category, case.jurisdiction, state),
        local(case.opened_at).date().isoformat(),
        *spent,
        *missed,
    ]
