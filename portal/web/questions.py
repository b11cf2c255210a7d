"""The follow-up questions of the kind that was chosen, as fields of a form: never needed."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import Length, Optional, ValidationError

from portal.presets.kinds import NOT_SURE, Preset, Question, QuestionKind
from portal.reports.kinds import ANSWER_LABELS, ANSWER_MAX, NUMBER_MAX
from portal.reports.lifecycle import as_number, is_answer
from portal.web.public_forms import one_line

F = TypeVar("F", bound=Form)
#: More answers than these stand in a list that opens.
RADIOS = 9
NOT_LISTED = _l("Choose one of the answers.")
#: How the fields of answers begin.
ANSWER = "q_"


def asked(preset: Preset, draft: Mapping[str, Any]) -> Sequence[Question]:
    """Return the questions of the category in the draft."""
    category = preset.taxonomy.categories.get(draft.get("category") or "")
    return category.questions if category else ()


def name_of(question: Question) -> str:
    """Return the name of a question's field."""
    return f"{ANSWER}{question.code}"


def with_questions(kind: type[F], questions: Sequence[Question], language: str) -> type[F]:
    """Return the form with a field for each question."""
    fields = {name_of(one): _field(one, language) for one in questions}
    return type(kind.__name__, (kind,), fields)


def _field(question: Question, language: str) -> Any:
    label = question.name.in_language(language)
    if question.kind is QuestionKind.TEXT:
        too_long = _("Write at most %(count)s characters.", count=ANSWER_MAX)
        return StringField(
            label,
            [Optional(), Length(max=ANSWER_MAX, message=too_long)],
            description=_l("Leave it empty if you are not sure."),
            filters=[one_line],
        )
    if question.kind is QuestionKind.NUMBER:
        return StringField(
            label,
            [Optional(), whole],
            description=_l("About how many is enough. Leave it empty if you are not sure."),
            filters=[one_line],
            render_kw={"inputmode": "numeric"},
        )
    if question.kind is QuestionKind.YES_NO:
        listed = [SelectChoice(code, ANSWER_LABELS[code]) for code in ("yes", "no")]
    else:
        listed = [
            SelectChoice(code, name.in_language(language))
            for code, name in question.options.items()
        ]
    listed.append(SelectChoice(NOT_SURE, ANSWER_LABELS[NOT_SURE]))
    if len(listed) <= RADIOS:
        return RadioField(
            label,
            [Optional()],
            choices=listed,
            default="",
            invalid_choice_message=NOT_LISTED,
        )
    return SelectField(
        label,
        [Optional()],
        choices=[SelectChoice("", _("Choose, or leave it open")), *listed],
        default="",
        invalid_choice_message=NOT_LISTED,
    )


def whole(form: Form, field: Field) -> None:
    """Refuse what is no whole number; nothing is needed."""
    if as_number(field.data or "") is None:
        raise ValidationError(
            _("Write a whole number up to %(most)s, or leave it empty.", most=NUMBER_MAX)
        )


def answered(preset: Preset, draft: Mapping[str, Any]) -> dict[str, str]:
    """Return the answers in the draft to the questions of its category, by code.

    What was answered before another kind was chosen is left out, and so is what the question does
    not take.
    """
    found = [(one, str(draft.get(name_of(one)) or "").strip()) for one in asked(preset, draft)]
    return {one.code: value for one, value in found if value and is_answer(one, value)}
