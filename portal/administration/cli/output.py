"""How every command speaks: lines or one JSON document on stdout, one sentence on stderr."""

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import click
from flask.cli import with_appcontext

from portal.foundation.db import db
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn, Refusal, SettingError
from portal.integrations.backup import BackupFault
from portal.presets.entries import PresetError

#: In English, like the commands: the reasons of `accounts.services` and of keys.
REASONS = {
    "came_meanwhile": "A case came to this person meanwhile: run the command again.",
    "nobody_left": "Open cases lie with the group and nobody else is in it: give somebody a role "
    "there first, or let its lead give the cases to another group.",
    "successor_missing": "Say with --to or --case who takes over %(number)s.",
    "successor_leaves": "%(number)s: whoever leaves cannot take it over.",
    "successor_elsewhere": "%(number)s: name somebody who is in the group.",
    "successor_tied": "%(number)s: this person has a tie to the unit, stepped back or had part in "
    "it; name somebody else with --case.",
    "term_in_order": "The first day without it must come after the first day.",
    "liaison_elsewhere": "The liaison must be somebody who is in the group.",
    "name_missing": "Give a name that is not empty, as in --name.",
    "email_missing": "Give an address like name@example.org.",
    "email_taken": "An account has this address already: give another, or use accounts reset.",
    "role_and_group": "This role and this group don't go together: see accounts create --help.",
    "role_held": "This account has this role there already.",
    "treasurer_alone": "Whoever is treasurer has no other role: who pays has no path to a case.",
    "group_ended": "This group has ended.",
    "key_registered_already": "This key is registered already.",
    "custodian_has_live_key": "This custodian has a live key already.",
}
FAULTS = (Refusal, SettingError, PresetError, BackupFault, ValueError, OSError)


@dataclass(frozen=True)
class Answer:
    """What a command found; `ok` False makes it exit 1."""

    data: Mapping[str, Any]
    lines: Iterable[str] = field(default=())
    ok: bool = True


class Sentence(click.ClickException):
    """An error said in one plain sentence."""

    def __init__(self, text: str, exit_code: int = 1) -> None:
        super().__init__(text)
        self.exit_code = exit_code  # type: ignore[misc]  # click itself sets it so

    def show(self, file: Any = None) -> None:
        click.echo(self.format_message(), err=True)


class Plain(click.Group):
    """A group whose commands report even a wrong use in one sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise used_wrongly(error) from None


def used_wrongly(error: click.UsageError) -> Sentence:
    """Return the sentence for a missing or misspelt argument, with the exit code of such errors."""
    command = error.ctx.command_path.partition("flask ")[2] if error.ctx else ""
    text = error.format_message().rstrip(".")
    where = f": see {command} --help." if command else "."
    return Sentence(text + where, error.exit_code)


def told(function: Callable[..., Answer]) -> Callable[..., None]:
    """Give a command `--json`, the app's context, and its way to speak."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
    @with_appcontext
    @functools.wraps(function)
    def command(*arguments: Any, as_json: bool, **options: Any) -> None:
        try:
            answer = function(*arguments, **options)
        except FAULTS as error:
            db.session.rollback()
            sentence = words(error)
            if as_json:
                click.echo(json.dumps({"ok": False, "error": sentence}, ensure_ascii=False))
            raise Sentence(sentence) from None
        if as_json:
            document = {"ok": answer.ok, **answer.data}
            click.echo(json.dumps(document, ensure_ascii=False, default=str))
        else:
            for line in answer.lines:
                click.echo(line)
        if not answer.ok:
            click.get_current_context().exit(1)

    return command


def words(error: BaseException) -> str:
    """Return one sentence for a fault."""
    if isinstance(error, Incomplete):
        sentence = REASONS.get(error.reason)
        if sentence is None:
            return f"{error.field} is lacking or wrong ({error.reason})."
        return sentence % error.values if error.values else sentence
    if isinstance(error, NotFound):
        return (
            f"There is nothing with the name or id {error.args[0]}." if error.args else "Not found."
        )
    if isinstance(error, OutOfTurn) and error.args[0] in REASONS:
        return REASONS[error.args[0]]
    if isinstance(error, Refusal):
        return f"This can't be done: {type(error).__name__}."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename} can't be used ({error.strerror}): check the path."
    return " ".join(str(error).split()) or f"This failed: {type(error).__name__}."
