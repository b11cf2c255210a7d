"""From the address to the question, and back to addresses of the lists behind figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from wtforms.fields import SelectChoice

from portal.accounts.queries import GroupFacts, live_groups
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.measures.asked import Asked
from portal.measures.listing import Selection
from portal.measures.periods import Period, Scope
from portal.oversight.forms import RangeForm
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.web.language import current

DAYS_SHOWN = 90


@dataclass
class Question:
    """What a page of figures was asked, with the form that asks it."""

    asked: Asked
    form: RangeForm
    groups: Mapping[Any, GroupFacts]
    #: The range as it stands in addresses.
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def preset(self) -> Preset:
        return self.asked.preset

    @property
    def now(self) -> datetime:
        return self.asked.now

    def behind(self, show: str, **dates: str) -> str:
        """Return the address of the list behind a figure; `dates` replaces those of the range."""
        measure, _dot, part = show.partition(".")
        if measure == "self_found":
            return url_for("oversight.self_found", **{**self.arguments, **dates, "show": part})
        return url_for("oversight.cases", **{**self.arguments, **dates, "show": show})

    @property
    def range_since(self) -> dict[str, str]:
        """The range from the end of the period up to now, as it stands in addresses."""
        tomorrow = self.now.astimezone(self.preset.limits.zone).date() + timedelta(days=1)
        return {"from": self.arguments["to"], "to": tomorrow.isoformat()}

    def here(self, **more: Any) -> str:
        """Return the address of this page with the same range, but for what `more` replaces."""
        return url_for(str(request.endpoint), **{**self.arguments, **more})

    def selection(self, show: str) -> Selection:
        return Selection(show, self.asked.scope, self.asked.now)

    @cached_property
    def is_whole_city(self) -> bool:
        return not set(self.arguments) - {"from", "to"}

    @property
    def period_words(self) -> str:
        return str(
            _("%(start)s to %(end)s", start=self.arguments["from"], end=self.arguments["to"])
        )


def question() -> Question:
    """Read the range from the address; what can't be read is said at its field, and the default
    period is shown."""
    session, moment = db.session(), now()
    preset = in_force(session, moment)
    today = moment.astimezone(preset.limits.zone).date()
    groups = live_groups(session, on=today)
    start, end = today - timedelta(days=DAYS_SHOWN), today + timedelta(days=1)
    form = RangeForm(request.args if "from" in request.args or "to" in request.args else None)
    if form.start.data is None and form.start.raw_data is None:
        form.start.data, form.end.data = start, end
    _fill(form, groups, preset)
    if form.start.raw_data is not None and not form.validate():
        return _asked(form, preset, groups, start, end, moment)
    return _asked(form, preset, groups, form.start.data or start, form.end.data or end, moment)


def _fill(form: RangeForm, groups: Mapping[Any, GroupFacts], preset: Preset) -> None:
    language = current()
    everything = [SelectChoice("", _("All"))]
    taxonomy = preset.taxonomy
    form.group.choices = everything + [
        SelectChoice(group.code, group.name(language))
        for group in groups.values()
        if group.kind != "desk"
    ]
    form.jurisdiction.choices = everything + [
        SelectChoice(code, one.name.in_language(language))
        for code, one in taxonomy.jurisdictions.items()
    ]
    form.category.choices = [
        *everything,
        *(SelectChoice(code, one.in_language(language)) for code, one in taxonomy.sectors.items()),
        *(
            SelectChoice(code, f"· {one.name.in_language(language)}")
            for code, one in taxonomy.categories.items()
        ),
    ]
    form.major.choices = [
        *[SelectChoice("", _("All"))],
        SelectChoice("yes", _("Only these")),
        SelectChoice("no", _("Without these")),
    ]
    for select in (form.group, form.jurisdiction, form.category, form.major):
        wanted = request.args.get(select.name, "")
        select.data = wanted if wanted in {choice.value for choice in select.choices} else ""


def _asked(
    form: RangeForm,
    preset: Preset,
    groups: Mapping[Any, GroupFacts],
    start: date,
    end: date,
    moment: datetime,
) -> Question:
    chosen = {
        one.name: one.data for one in (form.group, form.jurisdiction, form.category, form.major)
    }
    by_code = {group.code: group.id for group in groups.values()}
    scope = Scope(
        period=Period.of_days(start, end, preset.limits.zone),
        group_id=by_code.get(chosen["group"]),
        jurisdiction=chosen["jurisdiction"] or None,
        category=chosen["category"] or None,
        suspected_major={"yes": True, "no": False}.get(chosen["major"]),
    )
    arguments = {"from": start.isoformat(), "to": end.isoformat()}
    arguments.update({name: value for name, value in chosen.items() if value})
    return Question(Asked(db.session(), scope, preset, moment), form, groups, arguments)
