"""What the demo leaves in its data folder: codes, links, passphrases, and where the plants are."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.access.kinds import Role
from portal.administration.cli.demo.plans import Plan
from portal.administration.cli.demo.rewarding import voucher_to_fetch
from portal.administration.cli.demo.world import Entropy, World
from portal.cases.kinds import Resolution, State
from portal.cases.lifecycle.endings import released
from portal.cases.services import link_token
from portal.discipline.services import step_token
from portal.foundation import secrets
from portal.history.queries import events_of
from portal.reports.lifecycle import receipt_code
from portal.sealing import keys
from portal.sealing.services import register
from portal.taskbooks.kinds import ItemState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.administration.cli.demo.cast import Cast
    from portal.cases.models import Case

KEYS_FOLDER = "demo-custodians"
PASSPHRASE = "demo passphrase {number}"  # noqa: S105  printed on the demo's start page

#: Receipts, each standing elsewhere; the words are the page's.
RECEIPTS: Mapping[str, Callable[[Case, Plan], bool]] = {
    # First, lest another takes it.
    "rewarded": lambda case, plan: plan.reward == "offered",
    "received": lambda case, plan: case.state is State.RECEIVED and case.accepted_at is None,
    "talking": lambda case, plan: plan.has("talk") and case.state is not State.CLOSED,
    "in_hand": lambda case, plan: case.state is State.IN_HAND,
    "rectifying": lambda case, plan: case.state is State.RECTIFYING,
    "rectified": lambda case, plan: (
        case.resolution is Resolution.RECTIFIED and case.reopen_count == 0
    ),
    "unfounded": lambda case, plan: case.resolution is Resolution.UNFOUNDED,
    "refused": lambda case, plan: case.resolution is Resolution.REFUSED,
    "merged": lambda case, plan: case.resolution is Resolution.DUPLICATE,
}


def give_keys(
    session: Session, cast: Cast, folder: Path, *, entropy: Entropy, now: datetime
) -> list[str]:
    """Make and register a key for each custodian; return the passphrases, which are no secret."""
    holders = cast.offices[Role.CUSTODIAN]
    phrases = [PASSPHRASE.format(number=number) for number, _ in enumerate(holders, start=1)]
    labels = [f"demo custodian {number}" for number, _ in enumerate(holders, start=1)]
    made = keys.generate_files(
        folder / KEYS_FOLDER, labels, phrases, entropy=entropy, cost=keys.CHEAP
    )
    for (file, _), holder in zip(made, holders, strict=True):
        register(session, file.custodian, label=file.label, account_id=holder.account_id, now=now)
    return phrases


def write_codes(world: World, plans: list[Plan], phrases: list[str], file: Path) -> None:
    """Write receipt codes, a voucher's and the links of units for the demo's start page."""
    key = secrets.in_use().key("receipt-derivation")
    codes: dict[str, str] = {}
    taken: set[int] = set()
    # The youngest first: what is freshest is the most alive.
    for what, is_it in RECEIPTS.items():
        # Of what was put right rather one with pictures for the reporter.
        first = {
            plan.number for plan in plans if what == "rectified" and _has_pictures(world, plan)
        }
        for plan in sorted(reversed(plans), key=lambda plan: plan.number not in first):
            if plan.number in taken or plan.report_id not in world.nonces:
                continue
            if is_it(world.case(plan), plan):
                codes[what] = receipt_code(world.nonces[plan.report_id], key)
                taken.add(plan.number)
                break
    codes |= {what: receipt_code(nonce, key) for what, nonce in world.inside.items()}
    content = {"codes": codes, "links": _links(world, plans), "passphrases": phrases}
    content["voucher"] = voucher_to_fetch(world, plans)
    _write(file, content)


def _has_pictures(world: World, plan: Plan) -> bool:
    case = world.case(plan) if plan.case_id else None
    return case is not None and bool(released(events_of(world.session, case.id)))


def _links(world: World, plans: list[Plan]) -> dict[str, str]:
    """A book not signed yet, one being worked on, one that waits for the check, a step."""
    links: dict[str, str] = {}
    for plan in reversed(plans):
        case = world.case(plan) if plan.case_id else None
        for one in world.rows("disciplinary_steps", case) if case else ():
            due = one.answer_due_at
            if due and due > world.now and not (one.answered_at or one.ended_at):
                links.setdefault("step", step_token(one.id))
        if case is None or case.state not in (State.RECTIFYING, State.REVIEWING):
            continue
        book = world.rows("task_books", case)[-1]
        states = {i.state for i in world.rows("task_items", case) if i.task_book_id == book.id}
        if book.token_hash is None:
            continue
        if book.signed_at is None:
            links.setdefault("new", link_token(book.id))
        elif ItemState.WITH_UNIT in states:
            links.setdefault("open", link_token(book.id))
        elif ItemState.REPORTED in states:
            links.setdefault("reported", link_token(book.id))
    return links


def write_plants(plans: list[Plan], file: Path) -> None:
    """Write which cases are reworded pairs and which only look alike, for tests and the bench."""
    planted: dict[str, list[dict[str, str]]] = {"reworded": [], "look_alike": []}
    by_dealt = {id(plan.dealt): plan for plan in plans}
    for plan in plans:
        if plan.dealt.twin is not None and plan.case_id is not None:
            first = by_dealt[id(plan.dealt.twin)]
            pair = {"first": str(first.case_id), "second": str(plan.case_id)}
            planted[plan.dealt.plant].append(pair)
    _write(file, planted)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file for its owner alone."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
