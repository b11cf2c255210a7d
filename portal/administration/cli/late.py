"""Commands that are imported when somebody gives them: a web server never does."""

from collections.abc import Callable, Mapping
from importlib import import_module

import click
from flask.cli import AppGroup


class Late(AppGroup):
    """A group that knows where its commands are: each name with `module:attribute`.

    `made` holds those that want more than an import.
    """

    def __init__(
        self,
        name: str,
        where: Mapping[str, str],
        made: Mapping[str, Callable[[], click.Command]] | None = None,
    ) -> None:
        super().__init__(name)
        self.where, self.made = where, made or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all, imported or not."""
        return sorted({*super().list_commands(ctx), *self.where, *self.made})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, imported now if it was not yet; None if there is none."""
        if cmd_name not in self.commands:
            if cmd_name in self.where:
                self.add_command(self.imported(cmd_name))
            elif cmd_name in self.made:
                self.add_command(self.made[cmd_name](), cmd_name)
        return super().get_command(ctx, cmd_name)

    def imported(self, name: str) -> click.Command:
        """Return the command of that name. Raises KeyError if there is none."""
        module, _, attribute = self.where[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command
