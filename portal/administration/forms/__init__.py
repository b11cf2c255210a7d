"""Forms of administration and profile, and the sentences for what the services refuse."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field

from portal.foundation.errors import Incomplete

#: Reasons of `accounts.services` and `units.services`.
REASONS = {
    "name_missing": _l("Write the name."),
    "email_missing": _l("Type an address like name@example.org"),
    "email_taken": _l("Another account has this address."),
    "own_account": _l("You can't disable your own account. Another administrator can."),
    "role_and_group": _l("This role and this group don't go together."),
    "role_held": _l("This person has this role there already."),
    "treasurer_alone": _l(
        "Whoever is treasurer has no other role: who pays has no path to a case."
        " End the other first."
    ),
    "group_ended": _l("This group has ended."),
    "starts_missing": _l("Say from which day on."),
    "ends_before_start": _l("The role must hold for at least a day."),
    "term_in_order": _l("The first day without it must come after the first day."),
    "liaison_elsewhere": _l("The liaison must be somebody who is in the group."),
    "nobody_left": _l(
        "Open cases lie with this person’s group and nobody else is in it. Give somebody a role "
        "there first, or let its lead give the cases to another group. To keep this person out at "
        "once, take the password away."
    ),
    "successor_missing": _l("Say who takes over %(number)s."),
    "successor_leaves": _l("%(number)s: whoever leaves cannot take it over."),
    "successor_elsewhere": _l("%(number)s: choose somebody who is in the group."),
    "successor_tied": _l(
        "%(number)s: this person has a tie to the unit, stepped back or had part in it. Choose "
        "somebody else."
    ),
    "tie_held": _l("This tie is declared already."),
    "tie_kind": _l("Choose what kind of tie it is."),
    "unit_missing": _l("Choose the unit."),
    "key_damaged": _l("This is not a public key."),
}


def put_at_field(form: FlaskForm, refusal: Incomplete) -> None:
    """Write the sentence of a refusal where the person can mend it, else on top of the form."""
    sentence = str(REASONS.get(refusal.reason, refusal.reason))
    if refusal.values:
        sentence %= refusal.values
    field: Field | None = form._fields.get(refusal.field)
    if field is None:
        form.form_errors.append(sentence)
    else:
        field.errors = [*field.errors, sentence]
