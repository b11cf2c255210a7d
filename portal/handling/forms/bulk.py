"""What bulk moves ask for, and saved views."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from portal.handling.forms.base import LINE_MAX, UuidRadio, UuidSelect, line, words


class BulkForm(FlaskForm):
    """Group or person for all chosen cases; fields that the move does not need are taken out."""

    account_id = UuidRadio(_l("Handler"))
    group_id = UuidSelect(_l("Group"))
    reason = words(_l("Reason"), longest=LINE_MAX)


class ViewForm(FlaskForm):
    name = line(_l("Name of the view"), longest=60)


class PressForm(FlaskForm):
    """A press without fields: only the token."""
