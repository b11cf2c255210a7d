"""What the pages of help show, and what their presses do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf.csrf import generate_csrf

from portal.access.kinds import Action, Actor
from portal.access.policy import may
from portal.accounts.queries import (
    GroupFacts,
    live_groups,
    members_of,
    names_of_accounts,
    names_of_people,
)
from portal.assistance import queries
from portal.assistance import services as assistance
from portal.assistance.kinds import Act, Followed, Helped, Standing
from portal.assistance.queries import Help, Wanted
from portal.cases.queries import case_of, cases_shown
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.handling.forms.base import as_uuid
from portal.handling.forms.helping import FindHelpForm, WriteDownForm
from portal.history.queries import words
from portal.inspections.kinds import Level
from portal.presets.kinds import Preset, TimeUnit
from portal.presets.queries import in_force
from portal.units.queries import names_of_units, people_tied_to
from portal.units.queries import unit as unit_of
from portal.web.filters import day, plain_day, short_day, short_time
from portal.web.language import current
from portal.web.marks import place_name
from portal.web.pages import current_actor
from portal.web.printing import unit_link

TONES = {
    Standing.WAITING: "warn",
    Standing.UNDER_WAY: "info",
    Standing.DONE: "ok",
    Standing.DECLINED: None,
    Standing.NOT_WANTED: None,
}
OF_HELPED = {Helped.YES: "ok", Helped.PARTLY: "warn", Helped.NO: "bad"}
OF_FOLLOWED = {Followed.YES: "ok", Followed.PARTLY: "warn", Followed.NO: "bad"}
ASKED = ("state", "kind", "origin", "place", "mine", "from", "to")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the page, when, and by which rules."""

    actor: Actor
    now: datetime
    today: date
    preset: Preset
    language: str
    groups: Mapping[UUID, GroupFacts]

    def group(self, group_id: UUID) -> str:
        found = self.groups.get(group_id)
        return found.name(self.language) if found else ""


def reader() -> Reader:
    """Return who looks."""
    moment = now()
    preset = in_force(db.session(), moment)
    today = moment.astimezone(preset.limits.zone).date()
    groups = live_groups(db.session(), on=today)
    return Reader(current_actor(), moment, today, preset, current(), groups)


# all of it


def all_of_it() -> dict[str, Any]:
    """Return a page of help, what waits first."""
    who, form = reader(), FindHelpForm(request.args)
    form.suit(who.preset, who.language)
    after = as_uuid(request.args.get("after"))
    found = queries.help_list(db.session(), who.actor, wanted_of(form, who), after=after)
    args: dict[str, Any] = {
        name: value for name in ASKED if (value := request.args.get(name, "").strip())
    }
    following = found[-1].id if len(found) == queries.PAGE else None
    return {
        "form": form,
        "rows": rows_of(found, who),
        "asked": bool(args),
        "next_url": url_for("helping.index", **args, after=following) if following else None,
        "first_url": url_for("helping.index", **args) if after else None,
        "may_offer": may(who.actor, Action.OFFER_HELP),
        "figures_url": url_for("oversight.sides") if may(who.actor, Action.READ_MEASURES) else None,
    }


def wanted_of(form: FindHelpForm, who: Reader) -> Wanted:
    """Return what a list asks for; what no list offers asks nothing."""

    def kept(field: Any) -> str:
        known = {choice.value for choice in field.choices}
        return field.data if field.data in known else ""

    names = ("state", "kind", "origin", "place")
    mine = who.actor.account_id if form.mine.data else None
    since, until = (_begins(request.args.get(name), who) for name in ("from", "to"))
    chosen = {name: kept(form[name]) for name in names}
    return Wanted(**chosen, mine=mine, since=since, until=until)


def _begins(day_: str | None, who: Reader) -> datetime | None:
    """Return the beginning of a day in an address; None for none and for rubbish."""
    try:
        found = date.fromisoformat(day_ or "")
    except ValueError:
        return None
    return datetime.combine(found, time.min, who.preset.limits.zone)


def rows_of(found: Sequence[Help], who: Reader) -> list[dict[str, Any]]:
    """Return help as rows of a table."""
    session = db.session()
    units = names_of_units(session, {one.unit_id for one in found if one.unit_id})
    owners = names_of_accounts(session, {one.owner_id for one in found if one.owner_id})
    return [
        {
            "url": url_for("helping.page", help_id=one.id),
            "number": one.number,
            "kind": one.kind.label,
            "origin": one.origin.label,
            "whom": whom_of(one, units, who),
            "owner": owners.get(one.owner_id, "") if one.owner_id else "",
            "is_mine": one.owner_id is not None and one.owner_id == who.actor.account_id,
            "standing": one.standing.label,
            "tone": TONES[one.standing],
            "helped": one.helped.label if one.helped else "",
            "helped_tone": OF_HELPED[one.helped] if one.helped else None,
            **next_of(one, who),
        }
        for one in found
    ]


def whom_of(one: Help, units: Mapping[UUID, str], who: Reader) -> str:
    """Return the unit or place that is helped."""
    if one.unit_id is not None:
        return units.get(one.unit_id, "")
    return place_name(one.jurisdiction, one.township, who.preset, who.language)


def next_of(one: Help, who: Reader) -> dict[str, Any]:
    """Return what somebody has to do next about it, by when, and whether that day is over."""
    said, until = "", None
    if one.standing is Standing.WAITING:
        said, until = _("Take it up, or decline it"), one.answer_due_on
    elif one.standing is Standing.UNDER_WAY and one.owner_id is None:
        said, until = _("Nobody handles it any more: take it up"), one.done_by
    elif one.standing is Standing.UNDER_WAY:
        said, until = _("Give the help, then say what was done"), one.done_by
    elif one.standing is Standing.DONE and one.helped is None and one.ask_on:
        is_time = who.today >= one.ask_on
        said = _("Ask whether it helped") if is_time else _("Whether it helped is asked then")
        until = one.ask_on
    late = one.ended is None and until is not None and until < who.today
    return {"next": said, "until": short_day(until, who.today) if until else "", "late": late}


def of_unit(unit_id: UUID) -> dict[str, Any] | None:
    """Return the help for a unit as its page shows it; None for who reads of no help."""
    who = reader()
    if not may(who.actor, Action.READ_HELP):
        return None
    found = queries.help_of_unit(db.session(), who.actor, unit_id)
    may_offer = may(who.actor, Action.OFFER_HELP)
    may_offer = may_offer and who.actor.person_id not in people_tied_to(db.session(), unit_id)
    offer_url = url_for("helping.new", unit=unit_id) if may_offer else None
    return {"rows": rows_of(found, who), "offer_url": offer_url}


def of_case(case: Any) -> dict[str, Any] | None:
    """Return the help about a case as its page shows it; None for who reads of no help."""
    who = reader()
    if not may(who.actor, Action.READ_HELP):
        return None
    found = queries.help_of_case(db.session(), who.actor, case.id)
    can_offer = may(who.actor, Action.OFFER_HELP) and case.group_id == who.actor.group_id
    offer_url = url_for("helping.new", case_id=case.id) if can_offer else None
    return {"rows": rows_of(found, who), "offer_url": offer_url}


# a new one


def fitted() -> WriteDownForm:
    """Return the form with its lists."""
    form, who = WriteDownForm(), reader()
    form.suit_places(who.preset, who.language)
    form.suit(people_of(who.actor.group_id, who), who.today, who.actor.account_id)
    return form


def fresh() -> WriteDownForm:
    """Return the form with what is known of where the reader came from."""
    form, session = fitted(), db.session()
    case_id, unit_id = as_uuid(request.args.get("case_id")), as_uuid(request.args.get("unit"))
    number, place = "", None
    try:
        if case_id is not None:
            case = case_of(session, current_actor(), case_id, action=Action.READ_FILE)
            number, unit_id, place = case.number, case.unit_id, case.jurisdiction
        name = unit_of(session, unit_id).name if unit_id else ""
    except NotFound:
        abort(404)
    form.begin(name, number, place)
    return form


def people_of(group_id: UUID | None, who: Reader) -> list[tuple[UUID, str]]:
    """Return who of a group can handle help."""
    if group_id is None:
        return []
    found = members_of(db.session(), group_id, on=who.today)
    return [(one.id, one.person.name) for one in found]


def form_page(form: WriteDownForm) -> str:
    """Return the page that asks what is asked for or offered."""
    return render_template("handling/help_form.html", form=form, csrf_token=generate_csrf())


# one


def page_of(
    help_id: UUID,
    forms: Callable[[Help, Reader], dict[str, Any]],
    *,
    failed: str = "",
    problem: str = "",
) -> str:
    """Return the page of one help; `forms` gives what can be done about it by who gives it."""
    who, session = reader(), db.session()
    one = queries.help_of(session, who.actor, help_id)
    said = words(session, texts_of(one))
    units = names_of_units(session, [one.unit_id] if one.unit_id else [])
    is_own = may(who.actor, Action.GIVE_HELP, one)
    shown = Shown(one, who, said)
    return render_template(
        "handling/help.html",
        one=one,
        whom=whom_of(one, units, who),
        unit_url=url_for("units.unit", unit_id=one.unit_id) if one.unit_id else None,
        standing=one.standing.label,
        tone=TONES[one.standing],
        next=next_of(one, who),
        why=why_words(one, who),
        facts=shown.facts(),
        told=shown.told(),
        advice=shown.advice(),
        findings=shown.findings(),
        judged=shown.judged(),
        cases=shown.cases(),
        forms=forms(one, who) if is_own else {},
        failed=failed,
        problem=problem,
        address=link_of(one) if is_own else None,
        acts=list(acts_of(one)),
        csrf_token=generate_csrf(),
    )


def texts_of(one: Help) -> list[UUID]:
    """Return the ids of the words that stand on the help itself."""
    named = ("wanted", "who", "source", "plan", "end", "elsewhere", "expert", "opinion")
    named_too = ("judged_who", "judged", "judged_source")
    found = (getattr(one, f"{name}_text_id") for name in (*named, *named_too))
    return [text_id for text_id in found if text_id is not None]


def link_of(one: Help) -> str | None:
    """Return the address of whoever is helped, to hand over; None after it was withdrawn."""
    return unit_link(f"help/{assistance.help_token(one.id)}") if one.token_hash else None


def why_words(one: Help, who: Reader) -> str:
    """Return why the answer is due on its day; "" for an offer."""
    due = queries.why_answer_due(db.session(), one)
    if due is None:
        return ""
    by_work = due.unit is TimeUnit.WORKING_DAY
    count = (
        ngettext("%(num)s working day", "%(num)s working days", due.value)
        if by_work
        else ngettext("%(num)s day", "%(num)s days", due.value)
    )
    told = _(
        "%(count)s after %(day)s, on which it was asked for; that day does not count.",
        count=count,
        day=plain_day(due.start_day),
    )
    if due.skipped:
        days = "、" if who.language.startswith("zh") else ", "
        told += " " + _(
            "Left out as days off: %(days)s.",
            days=days.join(short_day(left.day) for left in due.skipped),
        )
    if due.provisional:
        told += " " + _("Provisional: the holidays of that year are not published yet.")
    return str(told)


@dataclass(frozen=True, slots=True)
class Shown:
    """One help as its page shows it."""

    one: Help
    who: Reader
    said: Mapping[UUID, str | None]

    def text(self, name: str) -> str:
        text_id = getattr(self.one, f"{name}_text_id")
        return (self.said.get(text_id) or "") if text_id else ""

    def person(self, name: str) -> str:
        return " · ".join(self.text(name).split("\n"))

    def facts(self) -> list[dict[str, str]]:
        """Return the quiet pairs: kind, who, when, by when."""
        one = self.one
        owner = names_of_accounts(db.session(), [one.owner_id]) if one.owner_id else {}
        how = _("by the link") if one.by_link else self.text("source")
        rows = [
            (_("Kind of help"), one.kind.label),
            (one.origin.label, f"{plain_day(one.made_at)} · {how}"),
            (_("Who asks or is helped"), self.person("who")),
            (_("Group"), self.who.group(one.group_id)),
            (_("Who handles it"), next(iter(owner.values()), "—")),
        ]
        if one.answer_due_on:
            rows.append((_("Answer due"), self._answer()))
        if one.done_by:
            rows.append((_("To be done by"), day(one.done_by)))
        if one.ask_on:
            rows.append((_("Asked whether it helped from"), day(one.ask_on)))
        return [{"name": str(name), "value": str(value)} for name, value in rows]

    def _answer(self) -> str:
        one = self.one
        due = day(one.answer_due_on)
        if one.answered_at is None:
            return due
        zone = self.who.preset.limits.zone
        on = one.answered_at.astimezone(zone).date()
        in_time = one.answer_due_on is None or on <= one.answer_due_on
        how = _("in time") if in_time else _("after the time for it")
        answered = _("answered on %(day)s", day=short_day(on))
        return f"{due} · {answered} · {how}"

    def told(self) -> list[dict[str, str]]:
        """Return what was said and done, each with its heading."""
        ended = {Standing.DECLINED: _("Why it can’t be given")}
        parts = (
            (_("What is needed"), self.text("wanted")),
            (_("What will be done"), self.text("plan")),
            (ended.get(self.one.standing, _("What was done for them")), self.text("end")),
            (_("Where else to go"), self.text("elsewhere")),
            (_("Expert"), self.text("expert")),
            (_("The expert’s opinion"), self.text("opinion")),
        )
        return [{"name": str(name), "words": body} for name, body in parts if body]

    def advice(self) -> list[dict[str, Any]]:
        """Return each piece of advice and what became of it."""
        found = queries.advice_of(db.session(), self.one.id)
        ids = [it for row in found for it in (row.text_id, row.followed_text_id) if it]
        said = words(db.session(), ids)
        return [
            {
                "id": row.id,
                "number": row.number,
                "words": said.get(row.text_id) or "",
                "followed": row.followed.label if row.followed else "",
                "tone": OF_FOLLOWED[row.followed] if row.followed else None,
                "shown": said.get(row.followed_text_id) or "" if row.followed_text_id else "",
            }
            for row in found
        ]

    def findings(self) -> list[dict[str, Any]]:
        """Return what was found while helping; the case of a major hazard for who may see it."""
        found = queries.found_while_helping(db.session(), self.one.id)
        said = words(db.session(), [row.text_id for row in found])
        ids = [row.case_id for row in found if row.case_id]
        seen = cases_shown(db.session(), self.who.actor, ids)
        return [
            {
                "number": row.number,
                "words": said.get(row.text_id) or "",
                "level": row.level.label,
                "is_major": row.level is Level.MAJOR,
                "right_by": day(row.right_by) if row.right_by else "",
                "case": seen.get(row.case_id) if row.case_id else None,
                "case_url": url_for("cases.case", case_id=row.case_id)
                if row.case_id in seen
                else None,
            }
            for row in found
        ]

    def judged(self) -> dict[str, Any] | None:
        """Return what those who were helped say; None while they are silent."""
        one = self.one
        if one.helped is None or one.judged_at is None:
            return None
        how = _("by the link") if one.judged_by_link else self.text("judged_source")
        return {
            "label": one.helped.label,
            "tone": OF_HELPED[one.helped],
            "words": self.text("judged"),
            "who": f"{self.person('judged_who')} · {plain_day(one.judged_at)} · {how}",
        }

    def cases(self) -> list[dict[str, str]]:
        """Return the cases that it is about, as far as the reader can see them."""
        ids = queries.cases_about(db.session(), self.one.id)
        seen = cases_shown(db.session(), self.who.actor, ids)
        return [
            {"number": number, "url": url_for("cases.case", case_id=case_id)}
            for case_id, number in seen.items()
        ]


def acts_of(one: Help) -> Iterator[dict[str, Any]]:
    """Yield what the history says of it."""
    found = queries.acts_of(db.session(), one.id)
    people = names_of_people(db.session(), [it.person_id for it in found if it.person_id])
    for it in found:
        act = Act(it.payload["act"])
        name = people.get(it.person_id, "") if it.person_id else ""
        yield {
            "when": short_time(it.at),
            "what": act.label,
            "who": name or _("Whoever has the link"),
            "is_bad": act is Act.BARRED,
        }
