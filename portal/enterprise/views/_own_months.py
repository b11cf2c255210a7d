"""The months that a unit declares, on its pages."""

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.enterprise.forms import ByMonth
from portal.enterprise.views._own_pages import (
    Here,
    common,
    me,
    months_of,
    point_at,
    reason_words,
)
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn
from portal.foundation.transaction import finish as end_unit_of_work
from portal.selfinspections import queries
from portal.selfinspections import services as doing
from portal.selfinspections.kinds import Signer
from portal.selfinspections.lifecycle import Declared, due_on
from portal.web.filters import month as month_words
from portal.web.filters import plain_day, short_time


def months() -> dict[str, Any]:
    """Return the months: to declare, declared."""
    here = me()
    return {**common(here), "months": [_month(one, here) for one in months_of(here)]}


def _month(one: dict[str, Any], here: Here) -> dict[str, Any]:
    row = one["declared"]
    return {**one, "said": _said(row) if row else "", "marks": _marks(row, here) if row else []}


def _said(row: Any) -> str:
    if row.is_nil:
        return str(_("Nothing found"))
    return str(
        ngettext(
            "%(num)s hazard found, %(right)s put right",
            "%(num)s hazards found, %(right)s put right",
            row.found_count,
            right=row.right_count,
        )
    )


def _marks(row: Any, here: Here) -> list[tuple[str, str]]:
    """Return what stands beside a declaration: late, whoever signed, own finds after a nil."""
    marks = [(_("declared late"), "warn")] if row.is_late else []
    if row.signer is not Signer.HOLDS:
        marks.append((row.signer.label, "warn"))
    if row.is_nil:
        nil = Declared(id=row.id, month=row.month, signed_at=row.signed_at)
        later = len(queries.entered_after(here.session, here.unit.id, nil, here.preset))
        if later:
            words = ngettext(
                "%(num)s own hazard entered since", "%(num)s own hazards entered since", later
            )
            marks.append((words, "info"))
    return marks


def _first_of(month: str) -> date:
    """Return the first day of a month in an address. Raises NotFound for rubbish."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise NotFound(month) from error


def page(month: str, form: ByMonth, problem: str = "") -> str:
    """Ask for the declaration of a month, or show it."""
    here, first = me(), _first_of(month)
    rows = queries.declarations_of(here.session, here.actor, here.unit.id, limit=120)
    row = next((one for one in rows if one.month == first), None)
    if row is None and not queries.owes(here.session, here.unit.id, first, here.preset):
        raise NotFound(month)
    found, right = queries.counted_in(here.session, here.unit.id, first, here.preset)
    if row is None and form.kind.data is None:
        form.kind.data = "finds" if found else "nil"
    return render_template(
        "enterprise/own_month.html",
        **common(here),
        form=form,
        problem=problem,
        name=month_words(first),
        url=url_for("own.declare", month=month),
        due=plain_day(due_on(first, here.preset.self_inspection, here.preset.calendar)),
        counted=ngettext(
            "In this month %(num)s own hazard was entered; put right: %(right)s.",
            "In this month %(num)s own hazards were entered; put right: %(right)s.",
            found,
            right=right,
        ),
        declared=_shown(row, here) if row else None,
    )


def _shown(row: Any, here: Here) -> dict[str, Any]:
    return {
        "said": _said(row),
        "who": queries.signers(here.session, [row])[row.id],
        "when": short_time(row.signed_at, here.now),
        "marks": _marks(row, here),
    }


def declared(month: str, form: ByMonth) -> ResponseReturnValue:
    """Declare a month; sent twice it is declared once."""
    here, first = me(), _first_of(month)
    if not form.validate():
        return page(month, form), 422
    said = {
        "kind": form.kind.data or "",
        "name": form.name.data or "",
        "post": form.post.data or "",
    }
    try:
        doing.declare(
            here.session, here.actor, first, here.preset,
            **said, is_confirmed=bool(form.confirmed.data), now=here.now,
        )  # fmt: skip
    except Incomplete as lack:
        end_unit_of_work(here.session, keep=False)
        point_at(form, lack)
        return page(month, form), 422
    except OutOfTurn as refusal:
        end_unit_of_work(here.session, keep=False)
        return page(month, form, reason_words(refusal)), 409
    flash(_("The month is declared."))
    return redirect(url_for("own.declarations"), 303)
