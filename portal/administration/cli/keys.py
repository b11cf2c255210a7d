"""`keys generate`: key files of identity custodians."""

import os
from pathlib import Path

import click

from portal.access.kinds import SYSTEM, Role
from portal.accounts import queries
from portal.administration.cli.output import Answer, Plain, told
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.history.kinds import EventKind
from portal.history.services import record
from portal.sealing.keys import SHORTEST_PASSPHRASE, generate_files
from portal.sealing.queries import live_keys
from portal.sealing.services import register


@click.group("keys", cls=Plain)
def keys() -> None:
    """Keys to which identities and originals are sealed."""


@keys.command()
@click.argument("custodians", nargs=-1, required=True)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Where the key files are written, to be carried away.",
)
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="One passphrase a line, in the order of the custodians; otherwise each is asked for.",
)
@told
def generate(custodians: tuple[str, ...], folder: Path, passphrase_file: Path | None) -> Answer:
    """Make a key file for each custodian, under a passphrase of its own, and register it.

    A custodian is named by a label, or by the address of an account in the role of custodian.
    """
    passphrases = (
        given_passphrases(passphrase_file, len(custodians))
        if passphrase_file
        else [ask(name) for name in custodians]
    )
    moment = now()
    with unit_of_work(db.session()) as session:
        today = moment.date()
        holders = {
            one.email: one.id for one in queries.holders_of(session, Role.CUSTODIAN, on=today)
        }
        made = generate_files(folder, custodians, passphrases, entropy=os.urandom)
        for file, _path in made:
            register(
                session,
                file.custodian,
                label=file.label,
                account_id=holders.get(file.label.lower()),
                now=moment,
            )
            payload = {"act": "key_registered", "key": file.custodian.id}
            record(session, SYSTEM, EventKind.KEY_CHANGED, at=moment, payload=payload)
        live = len(live_keys(session))
    files = [{"custodian": file.label, "file": str(path)} for file, path in made]
    lines = [f"{one['custodian']}: {one['file']}" for one in files]
    lines.append(f"{live} live keys. Give each file to its custodian and keep none here.")
    return Answer({"files": files, "live_keys": live}, lines)


def given_passphrases(path: Path, count: int) -> list[str]:
    """Return one passphrase for each custodian. Raises ValueError for too few or too many."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
    if len(lines) != count:
        raise ValueError(f"{path} has {len(lines)} passphrases for {count} custodians.")
    for number, line in enumerate(lines, start=1):
        if len(line) < SHORTEST_PASSPHRASE:
            raise ValueError(
                f"Passphrase {number} of {path} is shorter than {SHORTEST_PASSPHRASE} characters."
            )
    return lines


def ask(name: str) -> str:
    """Ask a custodian for a passphrase, twice."""
    while True:
        text: str = click.prompt(
            f"Passphrase of {name}", hide_input=True, confirmation_prompt=True, err=True
        )
        if len(text) >= SHORTEST_PASSPHRASE:
            return text
        click.echo(f"Use at least {SHORTEST_PASSPHRASE} characters.", err=True)
