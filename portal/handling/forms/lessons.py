"""Forms of lessons: what one says and where it belongs, what is said of it, the plan of a sweep."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields import (
    DateField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
)
from wtforms.validators import InputRequired

from portal.accounts.queries import GroupFacts
from portal.cases.queries import Material
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.handling.forms.base import UuidChecks, line, radios, words
from portal.handling.forms.plans import reason_words as plan_words
from portal.handling.forms.sorting import category_choices
from portal.handling.forms.units import pick
from portal.lessons.kinds import FIELD_LABELS, FIELDS, REASONS, LessonKind
from portal.lessons.lifecycle import REASON_MOST, TITLE_MOST, WORDS_MOST, Conditions, Draft, Wording
from portal.lessons.queries import StandingLesson
from portal.plans.kinds import REASONS as OF_PLANS
from portal.plans.kinds import PlanKind
from portal.plans.lifecycle import TITLE_MOST as PLAN_TITLE_MOST
from portal.plans.lifecycle import Wish
from portal.presets.checklist_kinds import Checklist
from portal.presets.kinds import Preset
from portal.units.kinds import SIZE_LABELS, Size
from portal.web.marks import place_name

NUMBERS_MOST = 200  # characters
AFTER, MONTH = timedelta(days=7), timedelta(days=30)
LANGUAGES = (SelectChoice("zh_Hans_CN", _l("Chinese")), SelectChoice("en", _l("English")))
#: What helps to write a part; the rest speaks for itself.
HINTS = {
    "effect": _l("At least one figure: how many, how much, until when."),
    "facts": _l("Without names of people, units and places, and without a reporter’s words."),
    "basis": _l("Law or standard, with the article."),
}


def ticks(label: Any, description: Any = "") -> SelectMultipleField:
    """Return boxes of which any may be ticked; the guard says what is wrong with others."""
    return SelectMultipleField(label, choices=[], validate_choice=False, description=description)


def part(name: str) -> Any:
    """Return the field of a part of a lesson."""
    return words(FIELD_LABELS[name], HINTS.get(name, ""), WORDS_MOST)


class LessonForm(FlaskForm):
    """What a lesson says, in which language, and what others have to share with its cases."""

    seen = IntegerField(default=0)
    kind = HiddenField()
    title = line(FIELD_LABELS["title"], longest=TITLE_MOST)
    problem, done, effect, fits = map(part, FIELDS[LessonKind.EXPERIENCE_SUMMARY])
    facts, lesson, basis = map(part, FIELDS[LessonKind.TYPICAL_CASE])
    kept = ticks(
        _l("These words may stay"),
        _l("They look as if they named somebody or a place. Tick those that do not."),
    )
    language = radios(_l("In which language it is written"), LANGUAGES)
    category = SelectField(_l("Kind of hazard"), validate_choice=False)
    sector = pick(_l("Sector"))
    sectors = ticks(
        _l("Units of these sectors look alike"),
        _l("Lists below hold what the cases of this lesson show."),
    )
    items = ticks(_l("Where these items failed, it looks alike"))
    sizes = ticks(_l("And it is of this size"))
    places = ticks(_l("And it lies here"))
    more_cases = line(
        _l("Further closed cases"), _l("Their numbers, with blanks between."), NUMBERS_MOST
    )

    def suit(self, kind: LessonKind, found: Material, preset: Preset, language: str) -> None:
        """Fill the lists, and leave out the parts of the other kind."""
        for name in (name for other, own in FIELDS.items() if other is not kind for name in own):
            delattr(self, name)
        self.kind.data = kind.value
        taxonomy, offered = preset.taxonomy, found.conditions
        self.category.choices = category_choices(preset, language)
        named = {code: one.in_language(language) for code, one in taxonomy.sectors.items()}
        self.sector.choices = [SelectChoice("", _("Not settled yet"))] + [
            SelectChoice(code, name) for code, name in named.items()
        ]
        self.sectors.choices = [SelectChoice(c, named.get(c, c)) for c in sorted(offered.sectors)]
        self.items.choices = [
            SelectChoice(code, item_words(code, found.items, language))
            for code in sorted(offered.items)
        ]
        self.sizes.choices = [SelectChoice(s, SIZE_LABELS[Size(s)]) for s in sorted(offered.sizes)]
        self.places.choices = [
            SelectChoice(code, place_words(code, preset, language))
            for code in sorted(offered.places)
        ]

    def begin(self, found: Material, language: str) -> None:
        """Fill in what the cases say."""
        self.language.data, self.category.data = language, found.category or ""
        self.sector.data = found.sector or ""
        self.sectors.data = [found.sector] if found.sector in found.conditions.sectors else []
        self.items.data = sorted(found.conditions.items)

    def fill(self, one: StandingLesson, said: Wording) -> None:
        """Fill in what the lesson says."""
        self.seen.data, self.title.data = one.version, said.title
        for name in FIELDS[one.kind]:
            self[name].data = said.said.get(name, "")
        self.language.data, self.kept.data = one.language, list(said.kept)
        self.category.data, self.sector.data = one.category or "", one.sector or ""
        for name in ("sectors", "items", "sizes", "places"):
            self[name].data = one.conditions.get(name, [])

    def offer_words(self, found: Iterable[str]) -> None:
        """List the words that may name somebody, to be ticked; without any there is no list."""
        listed = dict.fromkeys([*found, *(self.kept.data or ())])
        self.kept.choices = [SelectChoice(one, one) for one in listed]

    def draft(self, kind: LessonKind) -> Draft:
        """Return what was typed."""
        return Draft(
            kind=kind.value,
            wording=Wording(
                title=(self.title.data or "").strip(),
                said={name: (self[name].data or "").strip() for name in FIELDS[kind]},
                kept=tuple(self.kept.data or ()),
            ),
            conditions=Conditions(
                sectors=frozenset(self.sectors.data or ()),
                items=frozenset(self.items.data or ()),
                sizes=frozenset(self.sizes.data or ()),
                places=frozenset(self.places.data or ()),
            ),
            language=self.language.data or LANGUAGES[0].value,
            category=self.category.data or None,
            sector=self.sector.data or None,
        )

    def numbers(self) -> list[str]:
        """Return the numbers of further cases."""
        return list(dict.fromkeys((self.more_cases.data or "").replace("，", " ").split()))

    def point_at(self, lack: Incomplete | OutOfTurn) -> None:
        """Put the sentence of a refusal at its field, or on top."""
        name = lack.field if isinstance(lack, Incomplete) else ""
        if name in self:
            self[name].errors = [*self[name].errors, reason_words(lack)]
        else:
            self.form_errors.append(reason_words(lack))


class SaidForm(FlaskForm):
    """What is said when a lesson is given back, published or withdrawn."""

    seen = IntegerField(default=0)
    note = words(_l("What has to be changed"), longest=REASON_MOST)
    in_spite = words(
        _l("Why these words may be published"),
        _l("The history keeps it."),
        REASON_MOST,
    )
    reason = words(
        _l("Why it is withdrawn"), _l("Staff read it; the public does not."), REASON_MOST
    )

    def point_at(self, lack: Incomplete) -> None:
        """Put the sentence of a refusal at its field, or on top."""
        if lack.field in self:
            self[lack.field].errors = [*self[lack.field].errors, reason_words(lack)]
        else:
            self.form_errors.append(reason_words(lack))


class JudgeForm(FlaskForm):
    """Whether a lesson was used at a case."""

    verdict = HiddenField()


class SweepForm(FlaskForm):
    """The plan that visits the units that look alike."""

    title = line(_l("What the plan is called"), longest=PLAN_TITLE_MOST)
    unannounced = radios(
        _l("Do the units hear of it before?"),
        (
            SelectChoice("no", _l("They may hear of it")),
            SelectChoice("yes", _l("No: unannounced visits, which only the groups know of")),
        ),
    )
    checklist = SelectField(_l("By which checklist"), validate_choice=False)
    group_ids = UuidChecks(_l("Which groups go"))
    starts_on = DateField(_l("First day"), [InputRequired(_l("Say from which day on."))])
    ends_on = DateField(_l("Last day"), [InputRequired(_l("Say until which day."))])

    def suit(
        self,
        language: str,
        groups: Mapping[UUID, GroupFacts],
        checklists: Mapping[str, Checklist],
        *,
        own: UUID | None,
        sectors: Iterable[str],
    ) -> None:
        """Fill the lists, the checklists of the lesson's sectors first; `own`: a lead's group."""
        near = set(sectors)
        ordered = sorted(checklists.values(), key=lambda one: (one.sector not in near, one.code))
        self.checklist.choices = [
            SelectChoice(one.code, one.name.in_language(language)) for one in ordered
        ]
        able = [one for one in groups.values() if one.kind != "desk" and own in (None, one.id)]
        self.group_ids.choices = [SelectChoice(str(one.id), one.name(language)) for one in able]

    def begin(self, title: str, today: date, own: UUID | None) -> None:
        """Fill in what is usual."""
        self.title.data = title[:PLAN_TITLE_MOST]
        self.starts_on.data, self.ends_on.data = today + AFTER, today + AFTER + MONTH
        self.unannounced.data, self.group_ids.data = "no", [own] if own else []

    def wish(self) -> Wish:
        """Return what was typed."""
        is_secret = self.unannounced.data == "yes"
        return Wish(
            kind=PlanKind.UNANNOUNCED if is_secret else PlanKind.SPECIAL,
            title=self.title.data or "",
            checklist=self.checklist.data or "",
            group_ids=tuple(one for one in self.group_ids.data or () if one),
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
        )

    def point_at(self, lack: Incomplete) -> None:
        """Put the sentence of a refusal at its field, or on top."""
        if lack.field in self:
            self[lack.field].errors = [*self[lack.field].errors, reason_words(lack)]
        else:
            self.form_errors.append(reason_words(lack))


def item_words(code: str, items: Mapping[str, Mapping[str, str]], language: str) -> str:
    """Return an item with what it asks for, as its case's checklist said it."""
    said = items.get(code, {})
    named = said.get("zh" if language.startswith("zh") else "en", "")
    return f"{code} {named}".strip()


def place_words(code: str, preset: Preset, language: str) -> str:
    """Return a district or township in words."""
    district = code.partition(".")[0]
    named: str = place_name(district, code if code != district else None, preset, language)
    return named or code


def reason_words(lack: Incomplete | OutOfTurn) -> str:
    """Return what to do about what was refused, by a lesson or by the plan of its sweep."""
    reason = lack.reason if isinstance(lack, Incomplete) else lack.args[0]
    if reason in OF_PLANS:
        return plan_words(lack)
    values = lack.values if isinstance(lack, Incomplete) else {}
    return str(REASONS[reason]) % values
