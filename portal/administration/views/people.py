"""People, their accounts and roles."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms.fields import SelectChoice

from portal.access.kinds import Action, Role
from portal.accounts import queries as accounts
from portal.accounts.kinds import GROUP_ROLES, OFFICE_ROLES, AccountMail
from portal.accounts.services import (
    add_person,
    edit_person,
    give_role,
    reset_account,
    set_active,
)
from portal.administration.forms import put_at_field
from portal.administration.forms.leaving import Section, form_with, successors
from portal.administration.forms.people import (
    EndForm,
    NewPersonForm,
    PersonForm,
    PressForm,
    RoleForm,
)
from portal.administration.views import _leaving
from portal.cases.queries import open_counts
from portal.cases.services import case_field, close_account, hand_over_left, leave_role
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.notices.services import queue_account_mail
from portal.presets.queries import in_force
from portal.units.kinds import TIE_KINDS
from portal.units.queries import ties_of
from portal.web.identity import generation_mark
from portal.web.pages import current_actor, needs
from portal.web.signin import ROLES, account_link, group_name, role_label

people = Blueprint("people", __name__, url_prefix="/admin/people")
MANAGE = needs(Action.MANAGE_PEOPLE)


def today() -> date:
    """Return the day in the city's zone."""
    moment = now()
    return moment.astimezone(in_force(db.session(), moment).city.zone).date()


def holds(held: accounts.HeldRole, day: date) -> bool:
    """Say whether a role holds on a day or will."""
    return held.ends_on is None or held.ends_on > day


def role_choices() -> Iterator[SelectChoice]:
    """Yield every role that can be given, with each group that can give it."""
    for role in sorted(OFFICE_ROLES, key=list(Role).index):
        yield SelectChoice(role.value, str(ROLES[role]))
    for group in accounts.all_groups(db.session()):
        for role, kinds in GROUP_ROLES.items():
            if group.kind in kinds and group.ended_on is None:
                yield SelectChoice(
                    f"{role.value}:{group.id}", f"{group_name(group)} · {ROLES[role]}"
                )


def role_and_group(choice: str) -> tuple[Role, accounts.StandingGroup | None]:
    """Return what a choice of `role_choices` stands for."""
    role, _colon, group_id = choice.partition(":")
    group = accounts.group(db.session(), UUID(group_id)) if group_id else None
    return Role(role), group


@people.get("/")
@MANAGE
def index() -> str:
    """Show everybody."""
    day = today()
    rows = [
        {
            "account": account,
            "roles": [role_label(held) for held in account.memberships if holds(held, day)],
        }
        for account in accounts.all_accounts(db.session())
    ]
    return render_template("administration/people.html", rows=rows)


@people.get("/new")
@MANAGE
def new() -> str:
    """Ask who is new."""
    form = NewPersonForm()
    form.role.choices = list(role_choices())
    return render_template("administration/person_new.html", form=form)


@people.post("/new")
@MANAGE
def add() -> ResponseReturnValue:
    """Add somebody with a first role."""
    form, actor, moment = NewPersonForm(), current_actor(), now()
    form.role.choices = list(role_choices())
    try:
        if form.validate():
            account = added(form, actor, moment)
            flash(_("Added. Give the link below to this person alone."))
            return redirect(url_for("people.person", account_id=account.id), 303)
    except Incomplete as refusal:
        put_at_field(form, refusal)
    return render_template("administration/person_new.html", form=form), 422


def added(form: NewPersonForm, actor: Any, moment: Any) -> accounts.PersonalAccount:
    """Add the person of a valid form and give the first role."""
    session, (role, group) = db.session(), role_and_group(form.role.data)
    account = add_person(
        session,
        actor,
        name=form.name.data,
        post=form.post.data or "",
        email=form.email.data,
        language=form.language.data,
        now=moment,
    )
    give_role(session, actor, account, role, group=group, starts_on=today(), now=moment)
    return account


@people.get("/<uuid:account_id>")
@MANAGE
def person(account_id: UUID) -> str:
    """Show somebody: account, roles, ties, and the link while there is no password."""
    account = accounts.account(db.session(), account_id)
    form = PersonForm(name=account.person.name, post=account.person.post, email=account.email)
    return person_page(account, form)


def person_page(
    account: accounts.PersonalAccount, form: PersonForm, role_form: RoleForm | None = None
) -> str:
    """Return somebody's page with these forms on it."""
    day = today()
    role_form = role_form or RoleForm(formdata=None, starts_on=day)
    role_form.role.choices = list(role_choices())
    held = sorted(account.memberships, key=lambda one: (not holds(one, day), one.starts_on))
    return render_template(
        "administration/person.html",
        account=account,
        form=form if form.errors or not role_form.errors else role_form,
        person_form=form,
        role_form=role_form,
        roles=[(role_label(one), one, holds(one, day)) for one in held],
        left=sum(len(one.cases) for one in _leaving.left_by(account.id, day)),
        ties=ties_of(db.session(), account.person_id),
        tie_kinds=TIE_KINDS,
        link=account_link(account) if account.active and account.password is None else None,
    )


@people.post("/<uuid:account_id>/edit")
@MANAGE
def edit(account_id: UUID) -> ResponseReturnValue:
    """Change name, post and address."""
    form, account = PersonForm(), accounts.account(db.session(), account_id)
    try:
        if form.validate():
            edit_person(
                db.session(),
                current_actor(),
                account,
                name=form.name.data,
                post=form.post.data or "",
                email=form.email.data,
                now=now(),
            )
            flash(_("Saved."))
            return redirect(url_for("people.person", account_id=account_id), 303)
    except Incomplete as refusal:
        put_at_field(form, refusal)
    return person_page(account, form), 422


def own_form(account: accounts.PersonalAccount) -> PersonForm:
    """Return the form of who somebody is, as things stand."""
    return PersonForm(
        formdata=None, name=account.person.name, post=account.person.post, email=account.email
    )


@people.post("/<uuid:account_id>/roles")
@MANAGE
def give(account_id: UUID) -> ResponseReturnValue:
    """Give a role from a day on."""
    form, account = RoleForm(), accounts.account(db.session(), account_id)
    form.role.choices = list(role_choices())
    try:
        if form.validate():
            role, group = role_and_group(form.role.data)
            give_role(
                db.session(),
                current_actor(),
                account,
                role,
                group=group,
                starts_on=form.starts_on.data,
                ends_on=form.ends_on.data,
                now=now(),
            )
            flash(_("The role is given."))
            return redirect(url_for("people.person", account_id=account_id), 303)
    except Incomplete as refusal:
        put_at_field(form, refusal)
    return person_page(account, own_form(account), form), 422


@people.get("/roles/<uuid:membership_id>/end")
@MANAGE
def ask_end(membership_id: UUID) -> str:
    """Say what breaks when a role ends, before it does."""
    held, day = accounts.held_role(db.session(), membership_id), today()
    sections = _leaving.of_role(held, day)
    return end_page(held, form_with(EndForm, sections, ends_on=held.ends_on or day), sections)


def end_page(held: accounts.HeldRole, form: Any, sections: Sequence[Section]) -> str:
    """Return the page that asks before a role ends, and who takes over."""
    return render_template(
        "administration/role_end.html",
        form=form,
        sections=sections,
        case_field=case_field,
        held=held,
        label=role_label(held),
        consequences=consequences(held),
    )


def consequences(held: accounts.HeldRole) -> list[str]:
    """Return what breaks when a role ends, in sentences."""
    session, found = db.session(), []
    if held.group_id is not None:
        left = accounts.people_without(session, held, on=today())
        waiting = open_counts(session).get(held.group_id, 0)
        if left == 0:
            found.append(_("Nobody is left in this group: what is sent there goes to the desk."))
        elif left == 1:
            found.append(_("One person is left in this group: nobody can review their work."))
        if waiting and left < 2:
            found.append(
                ngettext(
                    "%(num)s open case lies with this group.",
                    "%(num)s open cases lie with this group.",
                    waiting,
                )
            )
    return found


@people.post("/roles/<uuid:membership_id>/end")
@MANAGE
def end(membership_id: UUID) -> ResponseReturnValue:
    """End a role."""
    held, day, status = accounts.held_role(db.session(), membership_id), today(), 422
    sections = _leaving.of_role(held, day)
    form = form_with(EndForm, sections)
    try:
        if form.validate():
            given = {"ends_on": form.ends_on.data, "to": successors(form, sections)}
            actor = current_actor()
            leave_role(db.session(), actor, membership_id, **given, today=day, now=now())
            flash(_("The role ends."))
            return redirect(url_for("people.person", account_id=held.account_id), 303)
    except (Incomplete, OutOfTurn) as refusal:
        status = _leaving.say(form, refusal)
    return end_page(held, form, sections), status


@people.post("/<uuid:account_id>/active")
@MANAGE
def switch(account_id: UUID) -> ResponseReturnValue:
    """Enable an account again, or disable it; whoever handles cases says first who takes over."""
    account = accounts.account(db.session(), account_id)
    if account.active:
        return close(account)
    if not PressForm().validate():
        return person_page(account, own_form(account)), 422
    set_active(db.session(), current_actor(), account, active=True, now=now())
    flash(_("The account is enabled."))
    return redirect(url_for("people.person", account_id=account_id), 303)


@people.get("/<uuid:account_id>/active")
@MANAGE
def ask_close(account_id: UUID) -> str:
    """Ask who takes over before an account is disabled."""
    account = accounts.account(db.session(), account_id)
    sections = _leaving.of_account(account_id, today())
    return close_page(account, form_with(PressForm, sections), sections)


def close(account: accounts.PersonalAccount) -> ResponseReturnValue:
    """Disable an account and hand over what its owner handles."""
    day, status = today(), 422
    sections = _leaving.of_account(account.id, day)
    form = form_with(PressForm, sections)
    try:
        if form.validate():
            to, actor = successors(form, sections), current_actor()
            close_account(db.session(), actor, account.id, to=to, today=day, now=now())
            flash(_("The account is disabled."))
            return redirect(url_for("people.person", account_id=account.id), 303)
    except (Incomplete, OutOfTurn) as refusal:
        status = _leaving.say(form, refusal)
    return close_page(account, form, sections), status


def close_page(
    account: accounts.PersonalAccount,
    form: Any,
    sections: Sequence[Section],
    template: str = "account_close",
) -> str:
    """Return a page that asks who takes over what somebody handles."""
    return render_template(
        f"administration/{template}.html",
        account=account,
        form=form,
        sections=sections,
        case_field=case_field,
    )


@people.get("/<uuid:account_id>/hand-over")
@MANAGE
def ask_hand_over(account_id: UUID) -> str:
    """Ask who takes over what somebody left behind."""
    account = accounts.account(db.session(), account_id)
    sections = _leaving.left_by(account_id, today())
    return close_page(account, form_with(PressForm, sections), sections, "hand_over")


@people.post("/<uuid:account_id>/hand-over")
@MANAGE
def hand_over(account_id: UUID) -> ResponseReturnValue:
    """Hand over what somebody left behind."""
    account, day, status = accounts.account(db.session(), account_id), today(), 422
    sections = _leaving.left_by(account_id, day)
    form = form_with(PressForm, sections)
    try:
        if form.validate():
            to, actor = successors(form, sections), current_actor()
            hand_over_left(db.session(), actor, account_id, to=to, today=day, now=now())
            flash(_("The cases are handed over."))
            return redirect(url_for("people.person", account_id=account_id), 303)
    except (Incomplete, OutOfTurn) as refusal:
        status = _leaving.say(form, refusal)
    return close_page(account, form, sections, "hand_over"), status


@people.post("/<uuid:account_id>/reset")
@MANAGE
def reset(account_id: UUID) -> ResponseReturnValue:
    """Take the password away; the page then shows the link that sets the next one."""
    account = accounts.account(db.session(), account_id)
    if not PressForm().validate():
        return person_page(account, own_form(account)), 422
    reset_account(db.session(), current_actor(), account, now=now())
    flash(_("The password is taken away. Give the link below to this person alone."))
    return redirect(url_for("people.person", account_id=account_id), 303)


@people.post("/<uuid:account_id>/mail-link")
@MANAGE
def mail_link(account_id: UUID) -> ResponseReturnValue:
    """Mail the link to the account's own address."""
    account = accounts.account(db.session(), account_id)
    if not PressForm().validate() or account.password is not None or not account.active:
        return person_page(account, own_form(account)), 422
    queue_account_mail(
        db.session(),
        account.id,
        AccountMail.INVITATION,
        generation=generation_mark(account),
        now=now(),
    )
    flash(_("The mail with the link is on its way."))
    return redirect(url_for("people.person", account_id=account_id), 303)
