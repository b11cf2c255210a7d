"""What a unit fills in: on the page of its task book, and by an account of its own."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, Length, Optional

from portal.assistance.kinds import HELPED_LABELS, KIND_LABELS
from portal.inspections.kinds import Result
from portal.inspections.services import Entry
from portal.presets.checklist_kinds import Item, Major
from portal.reports.kinds import MESSAGE_MAX
from portal.selfinspections.services import WORDS_MOST
from portal.web.public_forms import PublicForm, Sayable, cleaned, one_line

NAME_MAX = 100
LINE = Length(max=NAME_MAX, message=_l("Write at most 100 characters."))
PLACE = Length(max=200, message=_l("Use at most 200 characters."))
WORDS = Length(max=WORDS_MOST, message=_l("Write at most 2,000 characters."))
#: As they stand on the page: what is chosen most comes first.
RESULTS = (Result.PASS, Result.FAIL, Result.PARTIAL, Result.NOT_APPLICABLE, Result.NOT_CHECKED)


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


# What somebody with an account of a unit fills in


class ByMonth(FlaskForm):
    """The declaration of a month."""

    kind = RadioField(
        _l("What is declared"),
        choices=[
            SelectChoice("finds", _l("Own hazards were found; they are entered here")),
            SelectChoice("nil", _l("Nothing was found")),
        ],
        validate_choice=False,
    )
    name = StringField(_l("Your name"), [LINE], filters=[one_line])
    post = StringField(
        _l("Your post"),
        [LINE],
        filters=[one_line],
        description=_l("As the unit’s chain of responsibility names it."),
    )
    confirmed = BooleanField(
        _l("This is true. I answer for it with my name, also if more is found later.")
    )


class BeginForm(FlaskForm):
    """By which checklist."""

    checklist = RadioField(_l("Checklist"), validate_choice=False)


class ItemForm(FlaskForm):
    """One item."""

    seen = IntegerField(validators=[Optional()])
    result = RadioField(_l("What came of it"), [Optional()], validate_choice=False)
    place = StringField(_l("Where exactly"), [PLACE], filters=[one_line])
    note = TextAreaField(_l("What you saw"), [WORDS], filters=[cleaned])
    major = BooleanField(_l("I take it for a major hazard: it is handed up at once"))
    files = MultipleFileField(
        _l("Photos"),
        description=_l("JPEG, PNG, WebP, HEIC or PDF. Place, time and model are removed."),
    )

    def suit(self, item: Item) -> "ItemForm":
        """Leave out what this item cannot be, and return the form."""
        fitting = [one for one in RESULTS if item.major is not Major.LISTED or one != "partial"]
        self.result.choices = [SelectChoice(one.value, one.label) for one in fitting]
        if item.major is Major.NONE:
            del self.major
        return self

    def for_any(self) -> "ItemForm":
        """Offer what any item can be, and return the form; a phone leaves out what does not fit."""
        self.result.choices = [SelectChoice(one.value, one.label) for one in RESULTS]
        return self

    def fill(self, row: Any) -> None:
        """Show what was entered."""
        self.result.data = row.result
        self.place.data, self.note.data = row.place, row.note
        if "major" in self:
            self.major.data = row.major

    def is_listed(self) -> bool:
        """Say whether what was chosen stands on the page; else say so at the field."""
        listed = {choice.value for choice in self.result.choices}
        if self.result.data in (None, "", *listed):
            return True
        self.result.errors = [_("Choose an answer.")]
        return False

    def entry(self) -> Entry:
        """Return what was typed."""
        result = self.result.data
        is_fail = result == Result.FAIL
        return Entry(
            result=Result(result) if result else None,
            note=self.note.data or "",
            place=self.place.data or "",
            major=is_fail and "major" in self and bool(self.major.data),
        )


class FinishForm(FlaskForm):
    """The end of a self-inspection."""

    #: How often anything was entered, as the page showed it.
    entered = IntegerField(validators=[Optional()])
    category = SelectField(
        _l("What kind of hazard failed items are"),
        [Optional()],
        validate_choice=False,
        description=_l("Only if an item failed. Each becomes an own hazard."),
    )
    statement = TextAreaField(_l("What you did"), [WORDS], filters=[cleaned])
    photos = MultipleFileField(_l("Photos or papers that show it"))


class HazardForm(FlaskForm):
    """A hazard that the unit found."""

    words = TextAreaField(
        _l("What is dangerous, and where"),
        [WORDS],
        filters=[cleaned],
        description=_l("The time is set by the portal and never changed."),
    )
    category = SelectField(_l("Kind of hazard"), [Optional()], validate_choice=False)
    major = BooleanField(_l("I take it for a major hazard: it is handed up at once"))
    photos = MultipleFileField(_l("Photos or papers that show it"))


class TaskForm(FlaskForm):
    """What has to be done about it."""

    task = TextAreaField(_l("What has to be done"), [WORDS], filters=[cleaned])
    who = StringField(_l("Who does it"), [LINE], filters=[one_line])
    due_on = DateField(_l("Until which day"), [Optional()])


class OwnDoneForm(FlaskForm):
    """A task is done."""

    statement = TextAreaField(_l("What was done"), [WORDS], filters=[cleaned])
    photos = MultipleFileField(_l("Photos or papers that show it"))


class DoorForm(FlaskForm):
    """Taking inside reports."""

    readers = StringField(
        _l("Which posts read them"),
        [LINE],
        filters=[one_line],
        description=_l("Posts, no names. Reporters are told so before they choose."),
    )
    name = StringField(_l("Your name"), [LINE], filters=[one_line])
    post = StringField(
        _l("Your post"),
        [LINE],
        filters=[one_line],
        description=_l("As the unit’s chain of responsibility names it."),
    )


class SayForm(FlaskForm):
    """A message to a reporter."""

    body = TextAreaField(_l("Your message"), [WORDS], filters=[cleaned])


class AnswerInsideForm(FlaskForm):
    """The unit's answer."""

    words = TextAreaField(_l("Your answer"), [WORDS], filters=[cleaned])


class RejectForm(FlaskForm):
    """Why nothing is done."""

    words = TextAreaField(_l("Why nothing is done"), [WORDS], filters=[cleaned])


class TakeUpForm(FlaskForm):
    """A hazard that somebody reported inside, as the unit puts it."""

    words = TextAreaField(
        _l("What is dangerous, and where"),
        [WORDS],
        filters=[cleaned],
        description=_l(
            "In the unit’s own words: the work-safety office can read own hazards. What the "
            "reporter wrote stays inside."
        ),
    )
    category = SelectField(_l("Kind of hazard"), [Optional()], validate_choice=False)
    major = BooleanField(_l("I take it for a major hazard: it is handed up at once"))
