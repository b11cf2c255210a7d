"""`history verify|seal`."""

from pathlib import Path

import click
from flask import current_app

from portal.administration.cli.output import Answer, Plain, told
from portal.foundation import secrets
from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.history.kinds import FINDINGS
from portal.history.services import HEAD_FILE, Head, keep_newest, read_head, seal_pending
from portal.measures.integrity import verify as verify_all


@click.group("history", cls=Plain)
def history() -> None:
    """The history of all cases: sealed, and checked for what was changed in it."""


def _head_path() -> Path:
    folder: Path = current_app.config["PORTAL_SETTINGS"].data_dir
    return folder / HEAD_FILE


def sealed(*, all_present: bool = False) -> tuple[int, Head | None]:
    """Seal what waits, keep the newest link outside the database; return how many and the link."""
    with unit_of_work(db.session()) as session:
        count = seal_pending(session, secrets.in_use().key("seal-chain"), all_present=all_present)
    with unit_of_work(db.session()) as session:
        return count, keep_newest(session, _head_path())


@history.command()
@told
def verify() -> Answer:
    """Recompute every event, seal, text and column; exits 1 if anything does not fit."""
    head = read_head(_head_path())
    with unit_of_work(db.session()) as session:
        found = verify_all(session, secrets.in_use().key("seal-chain"), head)
    data = {
        "events": found.events,
        "sealed": found.sealed,
        "unsealed": found.unsealed,
        "texts": found.texts,
        "erased_texts": found.erased,
        "cases": found.cases,
        "found": found.found,
        "findings": [
            {**one.as_data(), "sentence": FINDINGS[one.kind] % one.values} for one in found.findings
        ],
    }
    lines = [FINDINGS[one.kind] % one.values for one in found.findings]
    if found.found > len(lines):
        lines.append(f"And {found.found - len(lines)} more.")
    lines.append(
        f"{found.events} events ({found.sealed} sealed, {found.unsealed} not sealed yet), "
        f"{found.texts} texts ({found.erased} lawfully erased), {found.cases} cases: "
        + ("all fits." if found.ok else f"{found.found} things do not fit.")
    )
    return Answer(data, lines, ok=found.ok)


@history.command()
@click.option(
    "--after-restore",
    is_flag=True,
    help="Seal all that is there; nothing else may write meanwhile.",
)
@told
def seal(after_restore: bool) -> Answer:
    """Seal what is not sealed yet, and keep the newest link outside the database."""
    count, head = sealed(all_present=after_restore)
    data = {
        "sealed": count,
        "position": head.position if head else 0,
        "link": head.link.hex() if head else None,
    }
    return Answer(data, [f"{count} events sealed; the chain ends at place {data['position']}."])
