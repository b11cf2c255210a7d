"""Forms of the editor of checklists."""

import re
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Form
from wtforms.fields import (
    BooleanField,
    DateField,
    DecimalField,
    FileField,
    FloatField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from portal.presets.checklist_kinds import PLACES, WEIGHTS, Major, points, points_data
from portal.presets.entries import CHINESE, CODE
from portal.presets.kinds import Basis, Preset
from portal.presets.parts.common import without_empty
from portal.web.public_forms import cleaned, one_line

FILLED = InputRequired(_l("Please fill this in"))
LINE = Length(max=300, message=_l("Use at most 300 characters."))
WHOLE_CODE = re.compile(rf"(?:{CODE.pattern})\Z")
MAJOR = [
    SelectChoice(Major.NONE, _l("Never a major hazard")),
    SelectChoice(Major.CANDIDATE, _l("May be major: people decide by the criterion")),
    SelectChoice(Major.LISTED, _l("Listed as major: pass or fail only")),
]
#: How far a reference is known, by the word that stands in a line of the form.
KNOWN_WORDS = {
    Basis.STATUTE: _l("article read"),
    Basis.DOCUMENT: _l("from a document"),
    Basis.LOCAL: _l("local rule"),
    Basis.MEMORY: _l("to be checked"),
}


def chinese(form: Form, field: Any) -> None:
    """Refuse a Chinese text without a Chinese character."""
    if field.data and not CHINESE.search(field.data):
        raise ValidationError(_("Write this in Chinese."))


def english(form: Form, field: Any) -> None:
    """Refuse an English text with Chinese in it."""
    if field.data and CHINESE.search(field.data):
        raise ValidationError(_("Write this in English."))


def code(form: Form, field: Any) -> None:
    """Refuse what is no code."""
    if not WHOLE_CODE.match(field.data or ""):
        raise ValidationError(_("Use letters, digits, dots and dashes."))


def number_text(value: float) -> str:
    return f"{value:g}"


class DraftForm(FlaskForm):
    """A form that changes a draft: it carries how often the draft was changed when it was read."""

    seen = IntegerField(validators=[Optional()])


class HeadForm(DraftForm):
    """What a checklist is called, for which sector it is, and how it is scored."""

    zh = StringField(_l("Name in Chinese"), [FILLED, LINE, chinese], filters=[one_line])
    en = StringField(_l("Name in English"), [FILLED, LINE, english], filters=[one_line])
    sector = SelectField(_l("Sector"), [FILLED], description=_l("It is proposed for its cases."))
    partial = FloatField(
        _l("What a partial answer counts"),
        [InputRequired(_l("Give a number from 0 to 1.")), NumberRange(0, 1)],
        description=_l("A pass counts 1, a fail 0."),
    )
    least = IntegerField(
        _l("Points that must have been checked for a score"),
        [InputRequired(_l("Give a number from 1 to 100.")), NumberRange(1, 100)],
    )
    grades = StringField(
        _l("Grades and from which score they hold"),
        [FILLED, LINE],
        description=_l("From the best downwards, the last from 0: A 90, B 80, C 70, D 0"),
        filters=[one_line],
    )

    def validate_partial(self, field: Any) -> None:
        if field.data is not None and field.data != field.data:
            raise ValidationError(_("Give a number from 0 to 1."))

    def validate_grades(self, field: Any) -> None:
        starts = [start for _grade, start in pairs(field.data)]
        falling = all(a > b for a, b in zip(starts, starts[1:], strict=False))
        if not starts or starts[-1] != 0 or starts[0] > 100 or not falling:
            raise ValidationError(_("Write grade and score, falling to 0: A 90, B 80, C 70, D 0"))

    def suit(self, preset: Preset, language: str) -> "HeadForm":
        """Fill the list of sectors and return the form."""
        self.sector.choices = [
            SelectChoice(key, name.in_language(language))
            for key, name in preset.taxonomy.sectors.items()
        ]
        return self

    def fill(self, content: dict[str, Any]) -> None:
        """Show what the draft says."""
        self.zh.data, self.en.data = content["zh"], content["en"]
        self.sector.data = content["sector"]
        scoring = content["scoring"]
        self.partial.data, self.least.data = scoring["partial"], scoring["least"]
        self.grades.data = ", ".join(
            f"{one['grade']} {number_text(float(one['from']))}" for one in scoring["grades"]
        )

    def write(self, content: dict[str, Any]) -> None:
        """Write what was typed into the draft."""
        content.update(zh=self.zh.data, en=self.en.data, sector=self.sector.data)
        content["scoring"] = {
            "partial": self.partial.data,
            "least": self.least.data,
            "grades": [{"grade": one, "from": start} for one, start in pairs(self.grades.data)],
        }


def pairs(text: str | None) -> list[tuple[str, float]]:
    """Return grades and scores from a line; [] where it holds anything else."""
    found = []
    for part in re.split(r"[,，;；]", text or ""):
        match = re.fullmatch(r"\s*([A-Za-z0-9_.-]+)\s+(\d{1,3}(?:\.\d)?)\s*", part)
        if match is None:
            return []
        found.append((match[1], float(match[2])))
    return found if len({one for one, _start in found}) == len(found) else []


class NewForm(FlaskForm):
    """A checklist that was not there."""

    code = StringField(
        _l("Code"), [FILLED, Length(max=40), code], description=_l("For example FIRE-DORM."),
        filters=[one_line],
    )  # fmt: skip
    zh = StringField(_l("Name in Chinese"), [FILLED, LINE, chinese], filters=[one_line])
    en = StringField(_l("Name in English"), [FILLED, LINE, english], filters=[one_line])
    sector = SelectField(_l("Sector"), [FILLED])

    suit = HeadForm.suit


LAWS = _l(
    "One a line: law | article | how far it is known (article read, from a document, local rule, "
    "to be checked)."
)


class ItemForm(DraftForm):
    """One item. Laws are lines, so that there may be any number of them without a script."""

    id = StringField(_l("Number"), [FILLED, Length(max=20), code], filters=[one_line])
    weight = DecimalField(
        _l("Points"),
        [InputRequired(_l("Give a number from 0.01 to 100, with two places at most."))],
        places=None,
        description=_l("All items together have 100. Parts are possible: 0.5, 0.25."),
    )
    zh = StringField(_l("What must be so, in Chinese"), [FILLED, LINE, chinese], filters=[one_line])
    en = StringField(_l("What must be so, in English"), [FILLED, LINE, english], filters=[one_line])
    how_zh = StringField(_l("How to check it, in Chinese"), [LINE, chinese], filters=[one_line])
    how_en = StringField(_l("How to check it, in English"), [LINE, english], filters=[one_line])
    basis = TextAreaField(
        _l("Legal basis"), [FILLED, Length(max=2000)], description=LAWS, filters=[cleaned]
    )
    penalty = TextAreaField(_l("Penalty"), [Length(max=2000)], description=LAWS, filters=[cleaned])
    major = RadioField(_l("Can failing it be a major hazard?"), choices=MAJOR, default=Major.NONE)
    criterion = StringField(
        _l("By which criterion"), [LINE], description=_l("Standard and item."), filters=[one_line]
    )
    photo = BooleanField(_l("A photo belongs to every answer"))

    def validate_weight(self, field: Any) -> None:
        given = field.data
        if given is None:
            return
        fits = given.is_finite() and Decimal("0.01") <= given <= WEIGHTS
        if not fits or round(given, PLACES) != given:
            raise ValidationError(_("Give a number from 0.01 to 100, with two places at most."))

    def validate_how_en(self, field: Any) -> None:
        if bool(field.data) != bool(self.how_zh.data):
            raise ValidationError(_("Write it in both languages, or in none."))

    def validate_criterion(self, field: Any) -> None:
        if self.major.data != Major.NONE and not field.data:
            raise ValidationError(_("Say by what it is judged major."))

    def validate_basis(self, field: Any) -> None:
        if lines(field.data) is None:
            raise ValidationError(_("Write every line as: law | article | how far it is known."))

    def validate_penalty(self, field: Any) -> None:
        if field.data and lines(field.data) is None:
            raise ValidationError(_("Write every line as: law | article | how far it is known."))

    def fill(self, item: dict[str, Any]) -> None:
        """Show an item of the draft."""
        how = item.get("how") or {}
        self.id.data, self.weight.data = item["id"], points(str(item["weight"]))
        self.zh.data, self.en.data = item["zh"], item["en"]
        self.how_zh.data, self.how_en.data = how.get("zh", ""), how.get("en", "")
        self.basis.data = as_lines(item["basis"])
        self.penalty.data = as_lines(item.get("penalty", ()))
        self.major.data, self.criterion.data = item["major"], item.get("criterion", "")
        self.photo.data = bool(item.get("photo"))

    def item(self) -> dict[str, Any]:
        """Return what was typed as an item of a draft."""
        how = {"zh": self.how_zh.data, "en": self.how_en.data} if self.how_zh.data else None
        return without_empty(
            {
                "id": self.id.data,
                "weight": points_data(self.weight.data or Decimal(0)),
                "zh": self.zh.data,
                "en": self.en.data,
                "major": self.major.data,
                "criterion": self.criterion.data,
                "basis": lines(self.basis.data),
                "penalty": lines(self.penalty.data) or [],
                "how": how,
                "photo": True if self.photo.data else None,
            }
        )


def lines(text: str | None) -> list[dict[str, str]] | None:
    """Return references from lines; None where one of them is none."""
    words = {str(name).casefold(): key.value for key, name in KNOWN_WORDS.items()}
    words |= {key.value: key.value for key in KNOWN_WORDS}
    found = []
    for one in (text or "").splitlines():
        if not one.strip():
            continue
        parts = [part.strip() for part in re.split(r"[|｜]", one)]
        if len(parts) != 3 or not all(parts) or parts[2].casefold() not in words:
            return None
        law, article, known = parts
        found.append({"law": law, "article": article, "verified": words[known.casefold()]})
    return found


def as_lines(references: Any) -> str:
    """Return references as lines of the form."""
    return "\n".join(
        f"{one['law']} | {one['article']} | {KNOWN_WORDS.get(Basis(one['verified']), '')}"
        for one in references
    )


class PublishForm(DraftForm):
    """From which day the draft is the version that is proposed."""

    holds_from = DateField(_l("From which day on?"), [FILLED])


class EndForm(DraftForm):
    """From which day on nothing new is begun by it; `seen` is the version on the page."""

    holds_from = DateField(_l("Out of use from which day on?"), [FILLED])


class FileForm(FlaskForm):
    """A checklist as a file."""

    file = FileField(_l("YAML file"))
