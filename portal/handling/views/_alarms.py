"""The alarm of a mass event: the banner, its list, moving all of it to a lane, ending it."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import generate_csrf

from portal.access.kinds import Actor
from portal.cases import queries
from portal.cases.kinds import Scope
from portal.cases.lifecycle.commands import ChangeLane
from portal.cases.queries import Counted
from portal.cases.services import end_alarm, move_case
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete
from portal.foundation.transaction import finish
from portal.handling.forms.intake import EndAlarmForm
from portal.handling.forms.words import reason_words
from portal.handling.views import _bulk
from portal.handling.views._marks import due_of_case
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.units.queries import unit
from portal.web.filters import hour
from portal.web.language import current
from portal.web.marks import place_name
from portal.web.pages import current_actor

ROWS = 50
#: A press takes some seconds for so many; what is left is brought along by the next one.
AT_ONCE = 300
TITLES = {
    Scope.UNIT: _l("Many reports at once about %(what)s"),
    Scope.TOWNSHIP: _l("Many reports at once from %(what)s"),
    Scope.POINT: _l("Many reports at once around one point in %(what)s"),
    Scope.DISTRICT: _l("Many reports at once from %(what)s, town not known"),
    Scope.NOWHERE: _l("Many reports at once that name no district"),
}


def banners(session: Any, actor: Actor, preset: Preset) -> list[dict[str, Any]]:
    """Return the alarms of the actor's desk that have not ended, as `alarm_banners` takes them."""
    return [_told(session, one, preset) for one in queries.running_alarms(session, actor)]


def _told(session: Any, one: Counted, preset: Preset) -> dict[str, Any]:
    alarm, language = one.alarm, current()
    what = place_name(alarm.jurisdiction, alarm.township, preset, language)
    if alarm.scope is Scope.UNIT:
        what = unit(session, UUID(alarm.key)).name
    return {
        "id": alarm.id,
        "title": str(TITLES[alarm.scope]) % {"what": what or _("a place not settled")},
        "reports": one.reports,
        "waiting": one.waiting,
        "slow": one.slow,
        "since": hour(alarm.raised_at),
        "url": url_for("intake.alarm", alarm_id=alarm.id),
        "is_over": alarm.ended_at is not None,
    }


def page(alarm_id: UUID, form: EndAlarmForm | None = None) -> str:
    """Return the page of an alarm: its reports, the lanes, its end."""
    session, actor, moment = db.session(), current_actor(), now()
    preset = in_force(session, moment)
    alarm = queries.alarm(session, actor, alarm_id)
    behind = request.args.get("from", "").replace("\x00", "")
    found = queries.cases_of_alarm(session, actor, alarm_id, behind=behind, limit=ROWS + 1)
    titles = queries.titles(session, found)
    rows: list[dict[str, Any]] = [
        {
            "id": f"{case.id}.{case.version}",
            "number": case.number,
            "title": titles.get(case.id, ""),
            "url": url_for("intake.report", case_id=case.id),
            "place": place_name(case.jurisdiction, case.township, preset, current())
            or _("Place not settled"),
            "state": case.state.label,
            "is_waiting": case.is_received,
            "is_slow": case.is_received and case.slow_lane,
            "due": due_of_case(case, preset, moment),
        }
        for case in found[:ROWS]
    ]
    following: dict[str, Any] | None = {"from": rows[-1]["number"]} if len(found) > ROWS else None
    return render_template(
        "handling/alarm.html",
        alarm=_told(session, queries.counted(session, alarm), preset),
        rows=rows,
        first_url=url_for("intake.alarm", alarm_id=alarm_id) if behind else None,
        next_url=url_for("intake.alarm", alarm_id=alarm_id, **following) if following else None,
        form=form or EndAlarmForm(formdata=None),
        csrf_token=generate_csrf(),
    )


def change_lane(*, slow: bool, alarm_id: UUID | None = None) -> str:
    """Move all that waits in one lane to the other, of the desk or of an alarm there."""
    session, actor, moment = db.session(), current_actor(), now()
    back = url_for("intake.waiting")
    if alarm_id is not None:
        queries.alarm(session, actor, alarm_id)
        back = url_for("intake.alarm", alarm_id=alarm_id)
    chosen = queries.waiting_in_lane(session, actor, slow=not slow, alarm_id=alarm_id)

    def act(session: Any, actor: Actor, case_id: UUID, seen: int) -> None:
        move_case(session, actor, ChangeLane(case_id=case_id, seen=seen, slow=slow), now=moment)

    title = _("Put into the slow lane") if slow else _("Brought up from the slow lane")
    return _bulk.result_page(_bulk.each(chosen[:AT_ONCE], act), title=title, back_url=back)


def end(alarm_id: UUID) -> ResponseReturnValue:
    """End an alarm by a press, with a reason."""
    form = EndAlarmForm()
    if not form.validate():
        return page(alarm_id, form), 422
    session = db.session()
    try:
        end_alarm(session, current_actor(), alarm_id, form.reason.data or "", now=now())
    except Incomplete as lack:
        finish(session, keep=False)
        form.reason.errors = [reason_words(lack.reason, lack.values)]
        return page(alarm_id, form), 422
    return redirect(url_for("intake.waiting"), 303)
