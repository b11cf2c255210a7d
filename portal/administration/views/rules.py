"""The rules in force, readable, with ways to try them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from portal.access.kinds import Action
from portal.accounts.queries import live_groups
from portal.administration.forms.rules import TryDueForm, TryReportForm
from portal.clocks.commandline import due_result
from portal.foundation.catalogue import _N
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.presets.kinds import Basis, Conditions, Preset
from portal.presets.queries import in_force
from portal.routing.commands import explain, lint_report
from portal.routing.matters import GroupFacts
from portal.routing.sentences import alarm_sentence, failed_sentence, name_of
from portal.routing.words import joined
from portal.web.language import current
from portal.web.pages import needs

rules = Blueprint("rules", __name__, url_prefix="/admin/rules")
READ = needs(Action.READ_RULES)

BASIS = {
    Basis.STATUTE: _l("law"),
    Basis.DOCUMENT: _l("document"),
    Basis.LOCAL: _l("local rule"),
    Basis.MEMORY: _l("not verified"),
    Basis.PRODUCT: _l("our own number"),
}
REASONS = {
    "weekend": _l("weekend"),
    "holiday": _l("holiday"),
    "standing_holiday": _l("holiday by the standing regulation"),
    "pause": _l("pause"),
}
#: What a limit's scope is called; the word itself, where a preset has one of its own.
SCOPES = {
    "": _l("all"),
    "online": _l("filed on the site"),
    "by_staff": _l("taken down by staff"),
    "urgent": _l("urgent"),
    "suspected_major": _l("suspected major hazard"),
    "major": _l("major hazard"),
    "listed": _l("listed for supervision"),
}
SHOWN_DAYS = 400
#: Pages of rules that are kept elsewhere.
PLACES = {"checklists": "checklists.index"}
TRIED = ("jurisdiction", "category", "kind", "channel")


def tabs(here: str) -> list[dict[str, Any]]:
    """Return the links between the pages of rules."""
    names = {
        "routing": _("Routing rules"),
        "limits": _("Time limits"),
        "calendar": _("Calendar"),
        "categories": _("Categories"),
        "checklists": _("Checklists"),
    }
    return [
        {"text": text, "url": url_for(PLACES.get(name, f"rules.{name}")), "current": name == here}
        for name, text in names.items()
    ]


def in_force_now() -> Preset:
    """Return the rules of this moment."""
    return in_force(db.session(), now())


def group_facts(preset: Preset, moment: datetime) -> dict[str, GroupFacts]:
    """Return who is there, by the group's code."""
    day = moment.astimezone(preset.city.zone).date()
    groups = live_groups(db.session(), on=day).values()
    return {group.code: GroupFacts(people_count=group.people_count) for group in groups}


def asked(conditions: Conditions, preset: Preset) -> list[str]:
    """Return what a rule asks for, a phrase for each condition."""
    language = current()

    def named(codes: frozenset[str]) -> str:
        return joined([name_of(preset, code, language) for code in sorted(codes)], language)

    phrases = [
        _(message, what=named(codes))
        for message, codes in (
            (_N("the place lies in %(what)s"), conditions.jurisdictions),
            (_N("the category is %(what)s"), conditions.categories),
            (_N("the sector is %(what)s"), conditions.sectors),
            (_N("the kind is %(what)s"), conditions.kinds),
            (_N("it came by %(what)s"), conditions.channels),
            (_N("the level is %(what)s"), conditions.levels),
        )
        if codes
    ]
    if conditions.units:
        phrases.append(_("it is about one of the named units"))
    if conditions.hours:
        start, end = (f"{one:%H:%M}" for one in conditions.hours)
        phrases.append(_("it is between %(start)s and %(end)s", start=start, end=end))
    return phrases


@rules.get("/routing")
@READ
def routing() -> str:
    """Show the ordered rules, what lint finds, and where a made-up report would go."""
    preset, moment, language = in_force_now(), now(), current()
    facts = group_facts(preset, moment)
    form = TryReportForm(with_gaps(request.args)).offer(preset, language)
    shown = [
        {
            "rule": rule,
            "asked": asked(rule.when, preset),
            "to": name_of(preset, rule.to, language),
            "why": rule.why.in_language(language),
        }
        for rule in preset.routing.rules
    ]
    findings = [
        {"severity": one.severity.value, "text": finding_words(one, preset)}
        for one in lint_report(preset, facts).findings
    ]
    tried = way(form, preset, facts, moment) if request.args.get("try") else None
    return render_template(
        "administration/routing.html",
        tabs=tabs("routing"),
        form=form,
        rules=shown,
        version=preset.routing,
        findings=findings,
        tried=tried,
    )


def with_gaps(arguments: MultiDict[str, str]) -> MultiDict[str, str]:
    """Return the address's arguments, with "not said" for every field that it leaves out."""
    return MultiDict([*arguments.items(multi=True), *((name, "") for name in TRIED)])


def finding_words(finding: Any, preset: Preset) -> str:
    """Return a finding as a sentence, with names for codes."""
    values = {
        # A rule's id is its name, even where a category is called the same.
        key: code if key in ("rule", "by") else name_of(preset, code, current())
        for key, code in finding.values.items()
    }
    return str(_(finding.message)) % values


def way(form: TryReportForm, preset: Preset, facts: Any, moment: datetime) -> dict[str, Any] | None:
    """Return the way of a made-up report through the rules; None for a form that is wrong."""
    if not form.validate():
        return None
    language = current()
    fields: dict[str, Any] = {name: field.data or None for name, field in form._fields.items()}
    explanation = explain(preset, at=moment, live_groups=facts, **fields).explanation
    steps = []
    for tried in explanation.tried:
        why = failed_sentence(tried, preset, language)
        steps.append(
            {
                "rule": tried.rule_id,
                "text": _(why.message) % dict(why.values) if why else _("The rule matches."),
                "matched": tried.matched and not tried.failed,
            }
        )
    alarm = alarm_sentence(explanation, preset, language)
    return {
        "steps": steps,
        "to": name_of(preset, explanation.to, language),
        "why": explanation.why.in_language(language),
        "why_public": explanation.why_public.in_language(language),
        "alarm": _(alarm.message) % dict(alarm.values) if alarm else None,
    }


@rules.get("/limits")
@READ
def limits() -> str:
    """Show every limit with its basis, and work out a due date."""
    preset = in_force_now()
    form = TryDueForm(request.args if "start" in request.args else None)
    return render_template(
        "administration/limits.html",
        tabs=tabs("limits"),
        form=form,
        policy=preset.limits,
        basis=BASIS,
        scopes=SCOPES,
        due=worked_out(form, preset) if "start" in request.args else None,
    )


def worked_out(form: TryDueForm, preset: Preset) -> dict[str, Any] | None:
    """Return the due date asked for, with the days left out; None with the fault at its field."""
    if not form.validate():
        return None
    limit = f"{form.value.data} {form.unit.data}"
    try:
        found = due_result(form.start.data.isoformat(), limit, preset.calendar, preset.limits)
    except ValueError:
        form.start.errors = [_("This lies outside the calendar.")]
        return None
    skipped = [
        {
            "day": date.fromisoformat(one["day"]),
            "why": one["name"]["zh" if current().startswith("zh") else "en"]
            if one["name"]
            else REASONS[one["reason"]],
        }
        for one in found["skipped"][:SHOWN_DAYS]
    ]
    return found | {
        "at": datetime.fromisoformat(found["due"]),
        "last": date.fromisoformat(found["last_day"]),
        "skipped": skipped,
        "by_day": form.unit.data in ("working day", "day", "month"),
    }


@rules.get("/calendar")
@READ
def calendar() -> str:
    """Show the rest days and the weekend days that are worked: this year first, the past last."""
    preset = in_force_now()
    found, this_year = preset.calendar, now().astimezone(preset.city.zone).year
    years = {day.year for day in (*found.rest, *found.standing, *found.working)}
    shown = [
        {
            "year": year,
            "noticed": year in found.noticed,
            "source": found.notice_sources.get(year, "")
            if year in found.noticed
            else found.standing_source,
            "rest": days_of(found.rest if year in found.noticed else found.standing, year),
            "working": spans(sorted(day for day in found.working if day.year == year)),
        }
        for year in sorted(years, key=lambda year: (year < this_year, year))
    ]
    return render_template(
        "administration/calendar.html", tabs=tabs("calendar"), years=shown, version=found
    )


def days_of(days: Any, year: int) -> list[tuple[str, list[tuple[date, date]]]]:
    """Return the rest days of a year by the holiday's name, in order, as spans."""
    named: dict[str, list[date]] = {}
    for day in sorted(days):
        if day.year == year:
            named.setdefault(days[day].in_language(current()), []).append(day)
    return [(name, spans(found)) for name, found in named.items()]


def spans(days: Sequence[date]) -> list[tuple[date, date]]:
    """Return days in order as first and last of those that follow each other."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


@rules.get("/categories")
@READ
def categories() -> str:
    """Show the categories by sector."""
    taxonomy = in_force_now().taxonomy
    sectors = [
        {
            "name": name,
            "code": code,
            "categories": [one for one in taxonomy.categories.values() if one.sector == code],
        }
        for code, name in taxonomy.sectors.items()
    ]
    return render_template(
        "administration/categories.html",
        tabs=tabs("categories"),
        sectors=sectors,
        version=taxonomy,
    )
