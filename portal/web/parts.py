"""The page of all parts beside its template: a form with every kind of field, refused."""

from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Form
from wtforms.fields import (
    BooleanField,
    FileField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

YES_NO = [SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))]
REQUIRED = InputRequired(_l("Please fill this in"))


class SampleForm(Form):
    """One field of each kind."""

    text = StringField(_l("One line"), [REQUIRED])
    words = TextAreaField(
        _l("Several lines"), [REQUIRED, Length(max=5000)], description=_l("With a count")
    )
    choice = RadioField(_l("One of a few"), [REQUIRED], choices=YES_NO)
    several = SelectMultipleField(_l("Some of a few"), choices=YES_NO)
    select = SelectField(_l("One of many"), choices=YES_NO)
    agree = BooleanField(_l("I have read this"))
    secret = PasswordField(_l("Password"))
    picture = FileField(_l("Picture"))


def context() -> dict[str, Any]:
    """Return what `administration/parts.html` needs; `sample_form` has its errors already."""
    form = SampleForm(MultiDict({"words": "<b>", "several": "yes", "select": "no"}))
    form.validate()
    return {"sample_form": form}
