"""`routing lint|explain`."""

from datetime import datetime
from typing import Any

import click

from portal.accounts.queries import live_groups
from portal.administration.cli.output import Answer, Plain, told
from portal.clocks.commandline import parse_start
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.routing import commands
from portal.routing.matters import GroupFacts
from portal.routing.sentences import alarm_sentence, failed_sentence


@click.group("routing", cls=Plain)
def routing() -> None:
    """Which group gets what, and why."""


@routing.command()
@told
def lint() -> Answer:
    """Name dead targets, rules that never apply, gaps; exit 1 for an error."""
    preset, groups = rules_and_groups(now())
    report = commands.lint_report(preset, groups)
    lines = [
        f"{finding.severity.value}: {finding.message % dict(finding.values)}"
        for finding in report.findings
    ]
    return Answer(report.as_json(), lines or [f"Version {report.version} is right."], report.ok)


@routing.command()
@click.option("--jurisdiction", help="Code of the district.")
@click.option("--category", help="Code of the category.")
@click.option("--sector", help="Code of the sector; taken from the category otherwise.")
@click.option("--kind", help="Kind of report.")
@click.option("--level", help="general or major.")
@click.option("--channel", help="How it came in.")
@click.option("--at", "moment", help='When, as in "2026-09-29T16:30"; otherwise now.')
@told
def explain(moment: str | None, **matter: Any) -> Answer:
    """Route a made-up report by the rules in force and say why."""
    present = now()
    preset, groups = rules_and_groups(present)
    at = parse_start(moment, preset.city.zone) if moment else present
    trial = commands.explain(preset, at=at, live_groups=groups, **matter)
    return Answer(trial.as_json(), explanation_lines(trial, preset))


def rules_and_groups(moment: datetime) -> tuple[Preset, dict[str, GroupFacts]]:
    """Return the rules in force and who is there, by the group's code."""
    session = db.session()
    preset = in_force(session, moment)
    today = moment.astimezone(preset.city.zone).date()
    groups = live_groups(session, on=today).values()
    return preset, {group.code: GroupFacts(people_count=group.people_count) for group in groups}


def explanation_lines(trial: Any, preset: Preset) -> list[str]:
    """Return the way through the rules, one a line, and where it ends."""
    lines = []
    for tried in trial.explanation.tried:
        why = failed_sentence(tried, preset, "en")
        said = why.message % dict(why.values) if why else "matches."
        lines.append(f"{tried.rule_id}: {said}")
    alarm = alarm_sentence(trial.explanation, preset, "en")
    lines += [alarm.message % dict(alarm.values)] if alarm else []
    return [*lines, f"→ {trial.explanation.to}: {trial.explanation.why.en}"]
