"""What the pages show on which somebody's role or account ends: who takes over their cases."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_wtf import FlaskForm

from portal.accounts import queries as accounts
from portal.administration.forms import put_at_field
from portal.administration.forms.leaving import Section
from portal.cases.queries import handled_by, left_behind, stays
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.web.signin import ROLES, group_name


def of_role(held: accounts.HeldRole, day: date) -> Sequence[Section]:
    """Return what goes to others when a role ends; nothing if its holder stays by another role."""
    session = db.session()
    if held.group_id is None or stays(
        session, held.account_id, held.group_id, held.id, on=max(day, held.ends_on or day)
    ):
        return ()
    return [one for one in of_account(held.account_id, day) if one.group_id == held.group_id]


def of_account(account_id: UUID, day: date) -> Sequence[Section]:
    """Return what goes to others when an account is closed, by group."""
    session = db.session()
    cases = handled_by(session, account_id)
    terms = accounts.terms_in_groups(session, on=day) if cases else {}
    return [
        Section(
            group_id=group_id,
            name=group_name(accounts.group(session, group_id)),
            cases=[one for one in cases if one.group_id == group_id],
            people=[
                (one.account_id, f"{one.name} · {ROLES[one.role]}")
                for one in terms.get(group_id, ())
                if one.account_id != account_id and one.holds_on(day)
            ],
        )
        for group_id in dict.fromkeys(one.group_id for one in cases)
    ]


def left_by(account_id: UUID, day: date) -> Sequence[Section]:
    """Return what somebody handles in groups in which they can act no more."""
    left = {
        one.group_id for one in left_behind(db.session(), today=day) if one.account_id == account_id
    }
    return [one for one in of_account(account_id, day) if one.group_id in left]


def left_in(day: date) -> Mapping[UUID, Sequence[dict[str, Any]]]:
    """Return by group whose cases wait there for somebody else, and how many."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    rows = left_behind(db.session(), today=day)
    names = accounts.names_of_accounts(db.session(), [one.account_id for one in rows])
    for one in rows:
        said = {"name": names[one.account_id], "account_id": one.account_id, "count": one.count}
        found.setdefault(one.group_id, []).append(said)
    return found


def say(form: FlaskForm, refusal: Incomplete | OutOfTurn) -> int:
    """Write why somebody could not leave where it can be mended; return the status."""
    if isinstance(refusal, OutOfTurn):
        form.form_errors.append(_("A case came to this person meanwhile. Look again, then send."))
    else:
        put_at_field(form, refusal)
    return refusal.status
