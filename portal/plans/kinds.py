"""Words of plans that need no database."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l


class PlanKind(StrEnum):
    YEARLY = "yearly"
    SPECIAL = "special"
    FOLLOW_UP = "follow_up"
    UNANNOUNCED = "unannounced"

    @property
    def label(self) -> str:
        return str(KIND_LABELS[self])


class Standing(StrEnum):
    """How far a plan is; it follows from what was done with it and the day."""

    DRAFT = "draft"
    DROPPED = "dropped"
    WAITS_FOR_DRAW = "waits_for_draw"
    TO_COME = "to_come"
    RUNNING = "running"
    OVERDUE = "overdue"
    DONE = "done"

    @property
    def label(self) -> str:
        return str(STANDING_LABELS[self])


class Act(StrEnum):
    """What the history says of a plan."""

    MADE = "made"
    DROPPED = "dropped"
    PUBLISHED = "published"
    DRAWN = "drawn"
    DRAW_REFUSED = "draw_refused"
    VISIT_BEGUN = "visit_begun"

    @property
    def label(self) -> str:
        return str(ACT_LABELS[self])


KIND_LABELS = {
    PlanKind.YEARLY: _l("Yearly plan"),
    PlanKind.SPECIAL: _l("Special inspection"),
    PlanKind.FOLLOW_UP: _l("Follow-up inspection"),
    PlanKind.UNANNOUNCED: _l("Unannounced visits"),
}
STANDING_LABELS = {
    Standing.DRAFT: _l("Not published"),
    Standing.DROPPED: _l("Dropped"),
    Standing.WAITS_FOR_DRAW: _l("Waits for the draw"),
    Standing.TO_COME: _l("To come"),
    Standing.RUNNING: _l("Being visited"),
    Standing.OVERDUE: _l("Overdue"),
    Standing.DONE: _l("All visited"),
}
ACT_LABELS = {
    Act.MADE: _l("Plan written"),
    Act.DROPPED: _l("Plan dropped"),
    Act.PUBLISHED: _l("Published: units and people are fixed"),
    Act.DRAWN: _l("Drawn by lot"),
    Act.DRAW_REFUSED: _l("A second draw was asked for and refused"),
    Act.VISIT_BEGUN: _l("Visit begun"),
}
#: What to do about what was refused; `plans.lifecycle` and `plans.services` name them.
REASONS = {
    "plan_title_missing": _l("Write what the plan is called."),
    "plan_kind_unlisted": _l("Choose a kind of the list."),
    "plan_checklist_unlisted": _l("Choose a checklist of the list."),
    "plan_groups_missing": _l("Choose at least one group that exists today."),
    "plan_groups_foreign": _l("A lead plans for their own group only."),
    "plan_ends_before": _l("The last day must not lie before the first."),
    "plan_over": _l("The last day must not lie in the past."),
    "plan_place_unlisted": _l("Choose a district or township of the list."),
    "plan_filter_and_names": _l("Name units one by one or choose them by filter, not both."),
    "plan_unit_unknown": _l(
        "The register has no unit with this name or registration code: “%(line)s”."
    ),
    "plan_unit_twice": _l(
        "Several units have this name: write the registration code instead. “%(line)s”"
    ),
    "plan_count_missing": _l("Write how many units are drawn, at least one."),
    "plan_each_wrong": _l("Write a number from %(least)s to %(most)s: nobody inspects alone."),
    "plan_day_missing": _l("Say from which day on the number decides: a day after today."),
    "plan_day_too_late": _l("The number must be known before the last day of the visits."),
    "plan_no_units": _l("No unit of the register fits. Nothing could be visited."),
    "plan_too_many": _l(
        "%(count)s units fit; without a draw a plan takes %(most)s at most. Choose fewer, or draw."
    ),
    "plan_too_few": _l("Only %(count)s units fit: fewer than are to be drawn."),
    "plan_too_few_people": _l(
        "No chosen group has %(each)s people today, and an inspection takes so many."
    ),
    "plan_number_missing": _l("Write the number as it was published: digits, at least six."),
    "plan_fixed": _l("This plan was published or dropped already."),
    "plan_nothing_to_draw": _l("Nothing is to be drawn for this plan."),
    "plan_not_begun": _l("The visits of this plan begin on %(day)s."),
    "plan_tied": _l("You have a tie to this unit: somebody else has to go."),
    "plan_visit_taken": _l("Another group has begun the visit of this unit."),
    "plan_number_early": _l("The number is not known before the day that was published."),
}
