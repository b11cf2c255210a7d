"""What people see and set of themselves: language, keys, password, roles, ties to units."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.accounts import queries as people
from portal.accounts.services import set_preferences
from portal.administration.forms import put_at_field
from portal.administration.forms.profile import (
    PreferencesForm,
    TieForm,
)
from portal.administration.views.ties import tie_page
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete
from portal.units.kinds import TIE_KINDS
from portal.units.queries import ties_of
from portal.units.services import declare_tie
from portal.web.pages import current_actor, needs
from portal.web.signin import role_label

profile_pages = Blueprint("profile", __name__, url_prefix="/profile")


@profile_pages.get("/")
@needs(Action.EDIT_PROFILE)
def profile() -> str:
    """Show the profile."""
    return page(own_preferences())


def own_account() -> Any:
    """Return the account of who asks."""
    account_id = current_actor().account_id
    assert account_id is not None  # noqa: S101  the page is for those who have one
    return people.account(db.session(), account_id)


def own_preferences() -> PreferencesForm:
    """Return the form as things stand."""
    account = own_account()
    return PreferencesForm(language=account.language, shortcuts=account.shortcuts)


def page(form: PreferencesForm) -> str:
    """Return the profile with this form on it."""
    session, account = db.session(), own_account()
    return render_template(
        "administration/profile.html",
        form=form,
        account=account,
        roles=[(role_label(one), one) for one in g.get("memberships", ())],
        ties=ties_of(session, account.person_id),
        tie_kinds=TIE_KINDS,
    )


@profile_pages.post("/")
@needs(Action.EDIT_PROFILE)
def save_profile() -> ResponseReturnValue:
    """Keep language and keys."""
    form = PreferencesForm()
    if not form.validate():
        return page(form), 422
    account = set_preferences(
        db.session(), own_account(), language=form.language.data, shortcuts=form.shortcuts.data
    )
    g.profile_language = account.language
    flash(_("Saved."))
    return redirect(url_for("profile.profile"), 303)


@profile_pages.get("/ties/new")
@needs(Action.EDIT_PROFILE)
def new_tie() -> str:
    """Find the unit, then say what ties one to it."""
    return tie_page(TieForm())


@profile_pages.post("/ties/new")
@needs(Action.EDIT_PROFILE)
def declare() -> ResponseReturnValue:
    """Declare a tie of one's own."""
    form = TieForm()
    if not form.validate():
        return tie_page(form), 422
    own, unit, kind = own_account().person_id, form.unit_id.data, form.kind.data
    try:
        declare_tie(
            db.session(), current_actor(), person_id=own, unit_id=unit, kind=kind, now=now()
        )
    except Incomplete as refusal:
        put_at_field(form, refusal)
        return tie_page(form), 422
    flash(_("Declared. Cases of this unit are handled by others from now on."))
    return redirect(url_for("profile.profile"), 303)
