"""The pages of the look-alike sweep: units with what they share, and the plan made of them."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from portal.cases import queries as cases
from portal.cases.queries import AlikeUnit
from portal.cases.services import sweep_lesson
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.foundation.transaction import finish
from portal.handling.forms.lessons import SweepForm, reason_words
from portal.handling.views._lesson_pages import (
    Reader,
    groups_now,
    reader,
    row,
    sector_words,
    title_of,
)
from portal.lessons import queries
from portal.lessons.lifecycle import OPEN_IN
from portal.lessons.queries import StandingLesson
from portal.plans.lifecycle import UNITS_MOST
from portal.presets.checklists import in_force_checklists
from portal.units.kinds import SIZE_LABELS, Size
from portal.web.language import listed
from portal.web.marks import place_name

#: So many units stand on the page; the rest in the file.
SHOWN = 50


def reached() -> list[dict[str, Any]]:
    """Return the published lessons with how many units look alike."""
    who, session = reader(), db.session()
    found = cases.reach(session, who.actor, who.preset)
    said = queries.wordings(session, [one.lesson for one in found])
    return [
        {
            **row(one.lesson, said[one.lesson.id], who),
            "url": url_for("lessons.sweep", lesson_id=one.lesson.id),
            "units": one.units,
            "planned": one.planned,
        }
        for one in found
    ]


def _published(lesson_id: UUID, who: Reader) -> StandingLesson:
    one = cases.lesson_of(db.session(), who.actor, lesson_id)
    if one.state not in OPEN_IN["sweep"]:
        raise OutOfTurn("lesson_not_now")
    return one


def fitted(lesson_id: UUID) -> SweepForm:
    """Return the form of the plan with its lists."""
    who, form = reader(), SweepForm()
    one = _published(lesson_id, who)
    checklists = in_force_checklists(db.session(), who.now)
    sectors = one.conditions["sectors"]
    form.suit(who.language, groups_now(who), checklists, own=who.own, sectors=sectors)
    return form


def fresh(lesson_id: UUID) -> SweepForm:
    """Return the form with what is usual in it."""
    who, form = reader(), fitted(lesson_id)
    said = queries.wordings(db.session(), [_published(lesson_id, who)])[lesson_id]
    today = who.now.astimezone(who.preset.limits.zone).date()
    form.begin(_("Look-alike: %(title)s", title=title_of(said)), today, who.own)
    return form


def page(lesson_id: UUID, form: SweepForm) -> str:
    """Return the page of the sweep."""
    who, session = reader(), db.session()
    one = _published(lesson_id, who)
    found = cases.alike_units(session, who.actor, one, who.preset)
    said = queries.wordings(session, [one])[one.id]
    return render_template(
        "handling/lesson_sweep.html",
        form=form,
        named=title_of(said),
        lesson=one,
        count=len(found),
        most=UNITS_MOST,
        shown=SHOWN,
        rows=[_unit(unit, who) for unit in found[:SHOWN]],
        back_url=url_for("lessons.lesson", lesson_id=lesson_id),
        csv_url=url_for("lessons.sweep_csv", lesson_id=lesson_id),
        csrf_token=generate_csrf(),
    )


def _unit(unit: AlikeUnit, who: Reader) -> dict[str, Any]:
    return {
        "name": unit.name,
        "url": url_for("units.unit", unit_id=unit.id),
        "place": place_name(unit.jurisdiction, unit.township, who.preset, who.language),
        "sector": sector_words(unit.sector, who),
        "size": str(SIZE_LABELS[Size(unit.size)]) if unit.size else "",
        "why": listed(like.label for like in unit.why),
    }


def plan(lesson_id: UUID) -> ResponseReturnValue:
    """Make the plan; what cannot stand is said at its field."""
    who, session, form = reader(), db.session(), fitted(lesson_id)
    try:
        if form.validate():
            made = sweep_lesson(session, who.actor, lesson_id, form.wish(), who.preset, now=who.now)
            flash(
                _("The plan is written, with these units. Nothing is fixed before it is published.")
            )
            return redirect(url_for("plans.plan", plan_id=made), 303)
    except Incomplete as lack:
        finish(session, keep=False)
        form.point_at(lack)
    except OutOfTurn as refusal:
        flash(reason_words(refusal), "error")
        return redirect(url_for("lessons.lesson", lesson_id=lesson_id), 303)
    return page(lesson_id, form), 422


def sheet(lesson_id: UUID) -> Iterator[tuple[str, ...]]:
    """Return the rows of the CSV file."""
    who = reader()
    one = _published(lesson_id, who)
    yield (_("Unit"), _("Place"), _("Sector"), _("Size class"), _("What it shares"))
    for unit in cases.alike_units(db.session(), who.actor, one, who.preset):
        shown = _unit(unit, who)
        yield tuple(shown[name] for name in ("name", "place", "sector", "size", "why"))
