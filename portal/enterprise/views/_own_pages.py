"""Who looks at a unit's own pages, its first page, and its task books."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from portal.access.kinds import Actor
from portal.cases.kinds import REASONS as OF_CASES
from portal.cases.queries import OpenBook, open_books
from portal.cases.services import link_token
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.selfinspections import queries
from portal.selfinspections.kinds import REASONS, Standing
from portal.selfinspections.lifecycle import Due, due_on, owed_months
from portal.selfinspections.queries import InsideShow
from portal.units.queries import unit as unit_of
from portal.web.filters import month as month_words
from portal.web.filters import plain_day, short_day
from portal.web.language import current
from portal.web.pages import current_actor

TONES = {
    Standing.MISSED: "bad",
    Standing.OPEN: "warn",
    Standing.UNDER_WAY: "info",
    Standing.DONE: "ok",
}


@dataclass(frozen=True)
class Here:
    """Who looks, for which unit, when, by which rules."""

    session: Any
    actor: Actor
    unit: Any
    now: datetime
    preset: Preset
    language: str

    @property
    def today(self) -> date:
        return self.now.astimezone(self.preset.limits.zone).date()


def me() -> Here:
    """Return who looks. Raises NotFound for who has no unit."""
    session, actor, moment = db.session(), current_actor(), now()
    if actor.unit_id is None:
        raise NotFound("unit")
    unit = unit_of(session, actor.unit_id)
    return Here(session, actor, unit, moment, in_force(session, moment), current())


def common(here: Here) -> dict[str, Any]:
    """Return what every page shows."""
    return {"unit": here.unit, "csrf_token": generate_csrf()}


def reason_words(refusal: Incomplete | OutOfTurn) -> str:
    """Return what to do about what was refused."""
    code = refusal.reason if isinstance(refusal, Incomplete) else str(refusal.args[0])
    return str(REASONS.get(code) or OF_CASES[code])


def point_at(form: Any, lack: Incomplete) -> None:
    """Put the sentence of a refusal at its field, or on top where there is no such field."""
    if lack.field in form:
        form[lack.field].errors = [*form[lack.field].errors, reason_words(lack)]
    else:
        form.form_errors.append(reason_words(lack))


# the first page


def home() -> dict[str, Any]:
    """Return what is due: duties, months to declare, own hazards that are open."""
    here = me()
    going = {one.duty: one.id for one in queries.under_way(here.session, here.unit.id)}
    due = queries.due_of(here.session, here.unit.id, here.preset, now=here.now)
    return {
        **common(here),
        "takes_part": queries.since(here.session, here.unit.id) is not None,
        "duties": [_duty(one, going, here) for one in due],
        "months": [one for one in months_of(here) if not one["declared"]],
        "inside": sum(
            number
            for show, number in queries.inside_counts(
                here.session, here.actor, here.preset, now=here.now
            ).items()
            if show is not InsideShow.DONE
        ),
        "open_hazards": queries.open_hazards(here.session, here.unit.id),
        "made": [
            {
                "name": duty_name(one.duty, here),
                "period": one.period,
                "when": short_day(one.finished_at, here.now),
                "url": url_for("own.walk", inspection_id=one.id),
            }
            for one in queries.finished(here.session, here.unit.id, limit=10)
        ],
    }


def _duty(one: Due, going: dict[str, Any], here: Here) -> dict[str, Any]:
    is_now = one.period.first <= here.today <= one.period.last
    url = None
    if one.standing in (Standing.OPEN, Standing.UNDER_WAY) and is_now:
        under_way = going.get(one.duty.code)
        url = (
            url_for("own.walk", inspection_id=under_way)
            if under_way
            else url_for("own.choose", duty=one.duty.code)
        )
    return {
        "name": one.duty.name.in_language(here.language),
        "period": one.period.code,
        "until": plain_day(one.period.last),
        "standing": one.standing.label,
        "tone": TONES[one.standing],
        "url": url,
        "going": one.standing is Standing.UNDER_WAY,
    }


def duty_name(code: str, here: Here) -> str:
    """Return a duty in words; one that the rules no longer know by its code."""
    duty = here.preset.self_inspection.duties.get(code)
    return duty.name.in_language(here.language) if duty else code


def months_of(here: Here) -> list[dict[str, Any]]:
    """Return the months that the unit has to declare, the newest first."""
    since = queries.since(here.session, here.unit.id)
    if since is None:
        return []
    rules = here.preset.self_inspection
    if not rules.declare.means(here.unit.sector, here.unit.size):
        return []
    done = {
        row.month: row for row in queries.declarations_of(here.session, here.actor, here.unit.id)
    }
    found = []
    for month in owed_months(since, here.today):
        last = due_on(month, rules, here.preset.calendar)
        found.append(
            {
                "name": month_words(month),
                "url": url_for("own.ask_month", month=f"{month:%Y-%m}"),
                "declared": done.get(month),
                "due": plain_day(last),
                "is_late": month not in done and here.today > last,
            }
        )
    return found


# task books


def books() -> dict[str, Any]:
    """Return the open task books with the link that the unit was mailed."""
    here = me()
    found = open_books(here.session, here.actor, now=here.now)
    return {**common(here), "books": [_book(one, here) for one in found]}


def _book(one: OpenBook, here: Here) -> dict[str, Any]:
    return {
        "number": one.number,
        "issued": short_day(one.issued_at, here.now),
        "signed": one.is_signed,
        "left": one.left,
        "due": plain_day(one.due_on) if one.due_on else _("Nothing left to do"),
        "url": url_for("enterprise.task_book", token=link_token(one.id)),
    }
