"""The policy and the moves against copies made by hand from the published tables."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from portal.access.kinds import Action, Actor, GroupKind, Role
from portal.access.policy import POLICY, may, may_somewhere
from portal.cases.kinds import REASONS, TOLD, State
from portal.cases.lifecycle.moves import BY_COMMAND, MOVES
from portal.cases.lifecycle.told import Told
from portal.history.kinds import EventKind
from tests.support import published

DESK, GROUP, OTHER = uuid4(), uuid4(), uuid4()
REPORT, BOOK, STEP, HELP, UNIT = uuid4(), uuid4(), uuid4(), uuid4(), uuid4()
INSIDE = uuid4()
#: How each kind of person can stand to a case: the fields of the actor.
STANDS = {
    "own_desk": {"group_id": DESK, "group_kind": GroupKind.DESK},
    "own_group": {"group_id": GROUP, "group_kind": GroupKind.INSPECTION},
    "supervises": {
        "group_id": OTHER,
        "group_kind": GroupKind.SUPERVISION,
        "jurisdiction": "320412",
    },
    "supervises_and_handles": {
        "group_id": GROUP,
        "group_kind": GroupKind.SUPERVISION,
        "jurisdiction": "320412",
    },
    "supervises_elsewhere": {
        "group_id": OTHER,
        "group_kind": GroupKind.SUPERVISION,
        "jurisdiction": "320481",
    },
    "inspects_in_the_jurisdiction": {
        "group_id": OTHER,
        "group_kind": GroupKind.INSPECTION,
        "jurisdiction": "320412",
    },
    "own_report": {"report_id": REPORT},
    "own_task_book": {"task_book_id": BOOK},
    "own_step": {"step_id": STEP},
    "own_help": {"help_id": HELP},
    "for_a_unit": {"unit_id": UNIT},
    "own_inside": {"inside_id": INSIDE},
    "nowhere": {},
}
#: Which rule says yes to whom, while the case is received and later.
YES = {
    "always": set(STANDS),
    "own_desk": {"own_desk"},
    "own_group": {"own_group", "supervises_and_handles"},
    "own_group_or_supervises": {"own_group", "supervises", "supervises_and_handles"},
    "supervises_another": {"supervises"},
    "own_report": {"own_report"},
    "own_task_book": {"own_task_book"},
    "own_step": {"own_step"},
    "own_help": {"own_help"},
    "own_link": {"own_task_book", "own_step"},
    "for_a_unit": {"for_a_unit"},
    "own_inside": {"own_inside"},
    "watches": {"supervises", "supervises_and_handles", "supervises_elsewhere"},
}


@dataclass
class Stand:
    """Something that stands for a case."""

    is_received: bool
    desk_id: UUID | None = DESK
    group_id: UUID | None = GROUP
    jurisdiction: str | None = "320412"
    report_ids: list[UUID] = field(default_factory=lambda: [REPORT])
    task_book_ids: list[UUID] = field(default_factory=lambda: [BOOK])
    step_ids: list[UUID] = field(default_factory=lambda: [STEP])
    help_ids: list[UUID] = field(default_factory=lambda: [HELP])
    hidden_from: list[UUID] = field(default_factory=list)


def test_the_policy_is_the_published_one_and_nothing_else():
    told = {(str(role), str(action)): rule.__name__ for (role, action), rule in POLICY.items()}
    assert told == published.rules()


@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_is_published_to_whom_it_is_published(role):
    rules = published.rules()
    for action in Action:
        rule = rules.get((str(role), str(action)))
        assert may_somewhere(Actor(role=role), action) is (rule is not None)
        for stand, fields in STANDS.items():
            actor = Actor(role=role, **fields)
            for is_received in (True, False):
                if rule == "own_desk_while_received":
                    expected = is_received and stand == "own_desk"
                else:
                    expected = rule is not None and stand in YES[rule]
                said = may(actor, action, Stand(is_received))
                assert said is expected, (role, action, stand, is_received)


def test_nobody_belongs_to_what_belongs_to_nobody():
    empty = Stand(True, desk_id=None, group_id=None, jurisdiction=None, report_ids=[])
    empty.task_book_ids = empty.step_ids = []
    for (role, action), rule in published.rules().items():
        for fields in ({}, {"group_kind": GroupKind.SUPERVISION}):
            said = may(Actor(role=Role(role), **fields), Action(action), empty)
            assert said is (rule == "always"), (role, action)


@pytest.mark.parametrize("role", ["administrator", "treasurer", "custodian"])
def test_who_runs_the_portal_has_no_way_to_a_case(role):
    rules = published.rules()
    for action in Action:
        if action.value.startswith("case.") and action not in (Action.FILE, Action.IMPORT):
            assert not may_somewhere(Actor(role=Role(role)), action)
            assert (role, str(action)) not in rules


def test_the_moves_are_the_published_ones_and_nothing_else():
    told = {
        (
            move.name,
            frozenset(map(str, move.sources)),
            str(move.target) if move.target else "-",
            str(move.action),
            str(move.event),
        )
        for move in MOVES
    }
    wanted = {
        (name, frozenset(sources.split()), target, f"case.{name}", event)
        for name, sources, target, event in published.MOVES
    }
    assert told == wanted


def test_each_command_and_each_event_belongs_to_one_move():
    assert len(BY_COMMAND) == len(MOVES)
    assert len({move.event for move in MOVES}) == len(MOVES)
    without = {EventKind.FILED, EventKind.OPENED, EventKind.IMPORTED}
    no_case = {"preset_loaded", "people_changed", "unit_changed", "key_changed", "safety_told"}
    no_case |= {"alarm_raised", "alarm_ended", "plan_changed", "help_changed", "lesson_changed"}
    no_case |= {"reward_paid", "voucher_reused", "self_inspection_changed"}
    no_case |= {"declared", "declaration_near", "declaration_late"}
    no_case |= {"inside_waiting", "inside_late"}
    assert {str(e) for e in EventKind if e not in without} - no_case == {
        str(move.event) for move in MOVES
    }


def test_no_move_leaves_a_closed_case_but_reopening():
    leaving = [m.name for m in MOVES if State.CLOSED in m.sources and m.target is not None]
    assert leaving == []
    # What another office replies is written into a case that stays closed.
    alone = [m.name for m in MOVES if m.sources == {State.CLOSED}]
    assert alone == ["record_reply", "reopen"]


def test_a_timer_moves_nothing():
    by_system = [move for move in MOVES if may_somewhere(Actor(role=Role.SYSTEM), move.action)]
    told = [(m.name, m.target) for m in by_system]
    assert told == [("lapse_reward", None), ("breach", None)]


def test_every_code_of_a_refusal_and_of_what_is_told_has_a_sentence():
    assert {str(code) for code in Told} == set(TOLD)
    used = codes_of_lacks()
    assert used - set(REASONS) == set()


def codes_of_lacks():
    """Return every code that a guard names, read from the source."""
    import ast
    from pathlib import Path

    codes = set()
    for path in (Path(__file__).parents[2] / "portal" / "cases").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Lack":
                first = node.args[0]
                options = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                codes |= {option.value for option in options if isinstance(option, ast.Constant)}
    assert len(codes) > 50
    return codes
