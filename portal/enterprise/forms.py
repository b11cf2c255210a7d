"""What a unit fills in on the page of its task book."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, Length, Optional

from portal.assistance.kinds import HELPED_LABELS, KIND_LABELS
from portal.reports.kinds import MESSAGE_MAX
from portal.web.public_forms import PublicForm, Sayable, cleaned, one_line

NAME_MAX = 100


class WhoForm(PublicForm):
    """Who acts at the unit: the link is the unit's, the act is a person's."""

    name = StringField(
        _l("Your name"),
        filters=[one_line],
        validators=[
            Sayable(1, _l("Write your name.")),
            Length(max=NAME_MAX, message=_l("Write at most 100 characters.")),
        ],
    )
    post = StringField(
        _l("Your post"),
        filters=[one_line],
        validators=[
            Sayable(1, _l("Write your post.")),
            Length(max=NAME_MAX, message=_l("Write at most 100 characters.")),
        ],
    )


class SignForm(WhoForm):
    pass


class DoneForm(WhoForm):
    #: What the item looked like on the page from which this was sent.
    stamp = HiddenField(filters=[cleaned])
    statement = TextAreaField(
        _l("What was done"),
        filters=[cleaned],
        validators=[
            Optional(),
            Length(max=MESSAGE_MAX, message=_l("Write at most 5,000 characters.")),
        ],
    )
    photos = MultipleFileField(
        _l("Photos or papers that show it"),
        description=_l("From the same place and side as before, if you can."),
    )


class ProtectedForm(WhoForm):
    statement = TextAreaField(
        _l("What protects people now"),
        filters=[cleaned],
        validators=[
            Optional(),
            Length(max=MESSAGE_MAX, message=_l("Write at most 5,000 characters.")),
        ],
    )
    photos = MultipleFileField(_l("Photos or papers that show it"))


class MoreTimeForm(WhoForm):
    new_due_on = DateField(_l("Until when"), [Optional()])
    reason = TextAreaField(
        _l("Why the time is not enough"),
        filters=[cleaned],
        validators=[
            Sayable(1, _l("Tell us why.")),
            Length(max=MESSAGE_MAX, message=_l("Write at most 5,000 characters.")),
        ],
    )
    plan = TextAreaField(
        _l("What will be done by when"),
        filters=[cleaned],
        validators=[
            Sayable(1, _l("Write what will be done by when.")),
            Length(max=MESSAGE_MAX, message=_l("Write at most 5,000 characters.")),
        ],
    )


class DisagreeForm(WhoForm):
    body = TextAreaField(
        _l("What is wrong?"),
        filters=[cleaned],
        validators=[
            Sayable(1, _l("Tell us what is wrong.")),
            Length(max=MESSAGE_MAX, message=_l("Write at most 5,000 characters.")),
        ],
    )


class AskHelpForm(WhoForm):
    """What a unit needs help with, within a task or for all of them."""

    item_id = SelectField(_l("For which task"), choices=[], validate_choice=False)
    kind = RadioField(
        _l("What would help?"),
        choices=[SelectChoice(one.value, label) for one, label in KIND_LABELS.items()],
        validate_choice=False,
        validators=[AnyOf([one.value for one in KIND_LABELS], _l("Choose what would help."))],
    )
    wanted = TextAreaField(
        _l("What you need"),
        filters=[cleaned],
        validators=[
            Sayable(1, _l("Write what you need.")),
            Length(max=MESSAGE_MAX, message=_l("Write at most 5,000 characters.")),
        ],
    )

    def suit(self, tasks: Mapping[str, str]) -> None:
        """Fill in the tasks of the book."""
        own = [SelectChoice(task_id, words) for task_id, words in tasks.items()]
        self.item_id.choices = [SelectChoice("", _("For all of them")), *own]


class JudgeHelpForm(WhoForm):
    """What those who were helped say of it."""

    helped = RadioField(
        _l("Did it help?"),
        choices=[SelectChoice(one.value, label) for one, label in HELPED_LABELS.items()],
        validate_choice=False,
        validators=[AnyOf([one.value for one in HELPED_LABELS], _l("Say whether it helped."))],
    )
    said = TextAreaField(
        _l("What helped, and what did not"),
        filters=[cleaned],
        validators=[
            Optional(),
            Length(max=MESSAGE_MAX, message=_l("Write at most 5,000 characters.")),
        ],
    )


class AnswerForm(WhoForm):
    """What the addressee of a disciplinary step says to it."""

    body = TextAreaField(
        _l("Your answer"),
        description=_l("What is so, what is not, and what you will do until when."),
        filters=[cleaned],
        validators=[
            Sayable(1, _l("Write the answer.")),
            Length(max=MESSAGE_MAX, message=_l("Write at most 5,000 characters.")),
        ],
    )
    photos = MultipleFileField(_l("Photos or papers that show it"))
