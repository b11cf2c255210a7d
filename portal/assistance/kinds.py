"""Words of help that need no database."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l


class HelpKind(StrEnum):
    """What somebody is helped with."""

    HELP_VISIT = "help_visit"
    EXPERT_CONSULTATION = "expert_consultation"
    #: Asked for as often as a visit, and answered by others (ADR 0054).
    TRAINING = "training"
    COORDINATION = "coordination"
    FUNDS = "funds"

    @property
    def label(self) -> str:
        return str(KIND_LABELS[self])


class Origin(StrEnum):
    ASKED = "asked"
    OFFERED = "offered"

    @property
    def label(self) -> str:
        return str(ORIGIN_LABELS[self])


class Standing(StrEnum):
    """How far help is; it follows from what was done."""

    WAITING = "waiting"
    UNDER_WAY = "under_way"
    DONE = "done"
    DECLINED = "declined"
    NOT_WANTED = "not_wanted"

    @property
    def label(self) -> str:
        return str(STANDING_LABELS[self])


class HelpEnd(StrEnum):
    DONE = "done"
    #: Not given: with the reason, and where else to go.
    DECLINED = "declined"
    #: Whoever was to be helped did not want it, or wants it no more.
    NOT_WANTED = "not_wanted"


class Helped(StrEnum):
    """What those who were helped say of it."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"

    @property
    def label(self) -> str:
        return str(HELPED_LABELS[self])


class Followed(StrEnum):
    """What became of a piece of advice."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"

    @property
    def label(self) -> str:
        return str(FOLLOWED_LABELS[self])


class Act(StrEnum):
    """What the history says of help."""

    ASKED = "asked"
    OFFERED = "offered"
    TAKEN_UP = "taken_up"
    DECLINED = "declined"
    ADVISED = "advised"
    FOLLOWED = "followed"
    FOUND = "found"
    FINISHED = "finished"
    JUDGED = "judged"
    LINK_REVOKED = "link_revoked"
    #: Who handled it has left: somebody else takes it up.
    RELEASED = "released"
    #: Somebody tried to use it against whom it helped.
    BARRED = "barred"

    @property
    def label(self) -> str:
        return str(ACT_LABELS[self])


KIND_LABELS = {
    HelpKind.HELP_VISIT: _l("A visit that helps on site"),
    HelpKind.EXPERT_CONSULTATION: _l("An expert’s opinion"),
    HelpKind.TRAINING: _l("Training"),
    HelpKind.COORDINATION: _l("Several departments at one table"),
    HelpKind.FUNDS: _l("Funds or goods"),
}
ORIGIN_LABELS = {Origin.ASKED: _l("Asked for"), Origin.OFFERED: _l("Offered")}
STANDING_LABELS = {
    Standing.WAITING: _l("Waits for an answer"),
    Standing.UNDER_WAY: _l("Help under way"),
    Standing.DONE: _l("Help given"),
    Standing.DECLINED: _l("Help declined"),
    Standing.NOT_WANTED: _l("Help not wanted"),
}
HELPED_LABELS = {
    Helped.YES: _l("It helped"),
    Helped.PARTLY: _l("It helped in part"),
    Helped.NO: _l("It did not help"),
}
FOLLOWED_LABELS = {
    Followed.YES: _l("Followed"),
    Followed.PARTLY: _l("Followed in part"),
    Followed.NO: _l("Not followed"),
}
ACT_LABELS = {
    Act.ASKED: _l("Help was asked for"),
    Act.OFFERED: _l("Help was offered"),
    Act.TAKEN_UP: _l("Taken up: somebody handles it"),
    Act.DECLINED: _l("Declined, with where else to go"),
    Act.ADVISED: _l("Advice was given"),
    Act.FOLLOWED: _l("It was settled whether advice was followed"),
    Act.FOUND: _l("Something was found while helping"),
    Act.FINISHED: _l("The help came to its end"),
    Act.JUDGED: _l("Those who were helped said whether it helped"),
    Act.LINK_REVOKED: _l("The link was withdrawn"),
    Act.RELEASED: _l("Who handled it left: it waits for somebody else"),
    Act.BARRED: _l("Somebody tried to use it as a ground for a disciplinary step: refused"),
}
#: What to do about what was refused; `assistance.lifecycle` and `assistance.services` name them.
REASONS = {
    "help_kind_missing": _l("Choose what kind of help it is."),
    "help_wanted_missing": _l("Write what is needed."),
    "help_whom_missing": _l("Name a unit of the register, or choose a district or township."),
    "help_both_given": _l("Name a unit or choose a place, not both."),
    "help_unit_unknown": _l("The register has no unit with this name or registration code."),
    "help_unit_twice": _l("Several units have this name: write the registration code instead."),
    "help_place_unlisted": _l("Choose a district or township of the list."),
    "help_case_unknown": _l("There is no case “%(line)s” that you can see."),
    "help_who_missing": _l("Write who asks, or who is to be helped: name and post."),
    "help_source_missing": _l("Write how you know: a call, a letter, a talk, and when."),
    "help_owner_missing": _l("Choose who handles it: somebody of your group without a tie."),
    "help_plan_missing": _l("Write what will be done."),
    "help_day_wrong": _l("Give a day from today on, %(day)s at the latest."),
    "help_reason_missing": _l("Write why the help can’t be given."),
    "help_elsewhere_missing": _l("Write where else to go: nobody is sent away without that."),
    "help_words_missing": _l("Write it down first."),
    "help_level_missing": _l("Say whether what was found is general or major."),
    "help_right_by_wrong": _l("Give a day from today on, %(day)s at the latest."),
    "help_end_missing": _l("Choose how it ends."),
    "help_done_missing": _l("Write what was done, or why it is not wanted."),
    "help_expert_missing": _l("An opinion needs its expert: name and post."),
    "help_opinion_missing": _l("An expert without an opinion tells nothing: write it down."),
    "help_judged_missing": _l("Say whether it helped."),
    "help_followed_missing": _l("Say whether the advice was followed."),
    "help_advice_missing": _l("Choose a piece of advice that is not settled."),
    "help_waits": _l("It has to be taken up first."),
    "help_taken": _l("It was taken up or ended already."),
    "help_over": _l("This help has come to its end."),
    "help_not_yet": _l("Whether it helped is asked from %(day)s on."),
    "help_not_given": _l("Only help that was given can be judged."),
    "help_judged": _l("It was judged already."),
    "help_link_gone": _l("There is no link in use."),
    "help_tied": _l("You have a tie to this unit: somebody else has to help."),
}
