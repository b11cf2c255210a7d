"""Groups: who is in them, what they stand for, their end."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms.fields import SelectChoice

from portal.accounts import queries as accounts
from portal.accounts.kinds import KIND_LABELS
from portal.accounts.lifecycle import lacks, roles_in
from portal.accounts.services import GroupFields, edit_group, end_group
from portal.administration.forms import put_at_field
from portal.administration.forms.people import EndForm, GroupForm
from portal.administration.views import _leaving
from portal.administration.views.people import MANAGE, today
from portal.cases.queries import open_counts
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, NotFound, Stale
from portal.presets.kinds import Words
from portal.presets.queries import in_force
from portal.web.filters import plain_day
from portal.web.marks import gap_words
from portal.web.pages import current_actor
from portal.web.signin import ROLES, group_name

groups = Blueprint("groups", __name__, url_prefix="/admin/people/groups")


@groups.get("/")
@MANAGE
def index() -> str:
    """Show every group with its people and what it lacks."""
    session, day = db.session(), today()
    terms = accounts.terms_in_groups(session, on=day)
    waiting, left = open_counts(session), _leaving.left_in(day)
    rows = [
        {
            "group": group,
            "name": group_name(group),
            "kind": KIND_LABELS[group.kind],
            "people": [(one, ROLES[one.role]) for one in terms.get(group.id, ())],
            "open": waiting.get(group.id, 0),
            "gaps": gaps(group, terms.get(group.id, ())),
            "left": left.get(group.id, ()),
        }
        for group in accounts.all_groups(session)
    ]
    return render_template("administration/groups.html", rows=rows, today=day)


def gaps(group: accounts.StandingGroup, people: Any) -> list[dict[str, Any]]:
    """Return what a group lacks, in words."""
    found = lacks(roles_in(group.kind), people, group.liaison_id, group.ended_on, today())
    return [gap_words(one) for one in found]


def existing(group_id: UUID) -> accounts.StandingGroup:
    """Return the group. Raises NotFound."""
    group = accounts.group(db.session(), group_id)
    if group is None:
        raise NotFound(group_id)
    return group


@groups.get("/<uuid:group_id>")
@MANAGE
def edit(group_id: UUID) -> str:
    """Ask what a group stands for."""
    group, form = existing(group_id), GroupForm()
    fit(form, group)
    form.show(stands(group), group.version)
    return edit_page(group, form)


def fit(form: GroupForm, group: accounts.StandingGroup) -> None:
    """Let the liaison be chosen from the group's people, or stay who it is."""
    people = accounts.terms_in_groups(db.session(), on=today(), group_id=group.id)
    named = {one.account_id: one.name for one in people.get(group.id, ())}
    if group.liaison_id is not None and group.liaison_id not in named:
        name = accounts.account(db.session(), group.liaison_id).person.name
        named[group.liaison_id] = _("%(name)s (no longer in the group)", name=name)
    form.liaison_id.choices = [
        SelectChoice("", _("Nobody")),
        *(SelectChoice(str(account_id), name) for account_id, name in named.items()),
    ]


def preset_remit(group: accounts.StandingGroup) -> Words | None:
    """Return what the preset says a group is there for."""
    presets = in_force(db.session(), now()).city.groups
    return next((one.remit for one in presets if one.code == group.code), None)


def stands(group: accounts.StandingGroup) -> GroupFields:
    """Return what a group stands for, as its form shows it."""
    said = preset_remit(group) or Words("", "")
    return GroupFields(
        remit_zh=group.remit_zh or said.zh,
        remit_en=group.remit_en or said.en,
        starts_on=group.starts_on,
        ended_on=group.ended_on,
        liaison_id=group.liaison_id,
        liaison_reach=group.liaison_reach,
    )


def edit_page(group: accounts.StandingGroup, form: GroupForm, theirs: Any = ()) -> str:
    """Return the page of what a group stands for; `theirs` stands there since it was opened."""
    people = accounts.terms_in_groups(db.session(), on=today(), group_id=group.id)
    inside = people.get(group.id, ())
    return render_template(
        "administration/group.html",
        form=form,
        group=group,
        name=group_name(group),
        theirs=theirs,
        people=[(one, ROLES[one.role]) for one in inside],
        gaps=gaps(group, inside),
        left=_leaving.left_in(today()).get(group.id, ()),
    )


@groups.post("/<uuid:group_id>")
@MANAGE
def change(group_id: UUID) -> ResponseReturnValue:
    """Change what a group stands for; whoever saw an older version is shown the newer one."""
    form, group = GroupForm(), existing(group_id)
    fit(form, group)
    try:
        if form.validate():
            save(form, group)
            flash(_("Saved."))
            return redirect(url_for("groups.edit", group_id=group_id), 303)
    except Stale:
        return clash_page(form, group), 409
    except Incomplete as refusal:
        put_at_field(form, refusal)
    return edit_page(group, form), 422


def save(form: GroupForm, group: accounts.StandingGroup) -> None:
    """Carry out what a valid form says."""
    edit_group(
        db.session(),
        current_actor(),
        group.id,
        form.fields(),
        preset_remit(group),
        seen=form.seen.data or 0,
        today=today(),
        now=now(),
    )


def clash_page(form: GroupForm, group: accounts.StandingGroup) -> str:
    """Return the form as it was typed beside what stands there now; saving it again replaces it."""
    there, typed = stands(group), form.fields()
    form.seen.data = group.version
    theirs = [
        {"name": str(form[name].label.text), "value": said(form, name, getattr(there, name))}
        for name in GroupFields.__dataclass_fields__
        if getattr(there, name) != getattr(typed, name)
    ]
    return edit_page(group, form, theirs)


def said(form: GroupForm, name: str, value: Any) -> str:
    """Return what stands in a field, in words."""
    if name == "liaison_id":
        choices = {choice.value: str(choice.label) for choice in form.liaison_id.choices}
        return choices.get(str(value or ""), "—")
    if name in ("starts_on", "ended_on") and value:
        return plain_day(value, True)
    return str(value or "—")


@groups.get("/<uuid:group_id>/end")
@MANAGE
def ask_end(group_id: UUID) -> str:
    """Say what breaks when a group ends, before it does."""
    return end_page(existing(group_id), EndForm(ends_on=today()))


def end_page(group: accounts.StandingGroup, form: EndForm) -> str:
    """Return the page that asks before a group ends."""
    session = db.session()
    rules = in_force(session, now()).routing.rules
    naming = [rule.id for rule in rules if rule.to == group.code]
    waiting = open_counts(session).get(group.id, 0)
    found = []
    if naming:
        found.append(
            _(
                "Routing rules name it: %(rules)s. What they catch goes to the duty desk.",
                rules=", ".join(naming),
            )
        )
    if waiting:
        found.append(
            ngettext(
                "%(num)s open case lies with this group.",
                "%(num)s open cases lie with this group.",
                waiting,
            )
        )
    return render_template(
        "administration/group_end.html", form=form, name=group_name(group), consequences=found
    )


@groups.post("/<uuid:group_id>/end")
@MANAGE
def end(group_id: UUID) -> ResponseReturnValue:
    """End a group."""
    form, group = EndForm(), existing(group_id)
    try:
        if form.validate():
            end_group(db.session(), current_actor(), group, ends_on=form.ends_on.data, now=now())
            flash(_("The group ends."))
            return redirect(url_for("groups.index"), 303)
    except Incomplete as refusal:
        put_at_field(form, refusal)
    return end_page(group, form), 422
