"""The notice table: who is told of which event, quiet hours, digest."""

from collections.abc import Mapping
from datetime import datetime

from portal.presets.entries import Entry
from portal.presets.kinds import NOTICE_EVENTS, NoticeRule, NoticeTable, Receiver
from portal.presets.parts.common import Known, clock_data, head, without_empty

REQUIRED = "rules quiet digest_at"
ROLES = ("reporter", "unit", "dispatcher", "member", "lead", "director", "auditor", "system")


def read(
    fields: Mapping[str, Entry], known: Known, version: int, holds_from: datetime
) -> NoticeTable:
    """Build the table; an event stands once for each role that may have caused it."""
    seen: set[tuple[str, str]] = set()
    rules: list[NoticeRule] = []
    for item in fields["rules"].items(least=1):
        rule = _rule(item)
        if (rule.event, rule.by) in seen or (rule.event, "") in seen:
            raise item.named()["event"].fault(f'"{rule.event}" stands here twice')
        seen.add((rule.event, rule.by))
        rules.append(rule)
    return NoticeTable(
        **head(fields, version, holds_from),
        rules=tuple(rules),
        quiet=fields["quiet"].span(),
        digest_at=fields["digest_at"].clock(),
    )


def _rule(entry: Entry) -> NoticeRule:
    fields = entry.fields("event tell", "by delay_seconds")
    receivers = [member.value for member in Receiver]
    told = fields["tell"].codes(receivers, "there is no receiver")
    event = fields["event"].one_of(NOTICE_EVENTS, "there is no event")
    # A unit is never told of a case this way, and of what is its own nobody else is.
    is_own = event.startswith(("declaration_", "inside_"))
    if (Receiver.AT_UNIT.value in told) != is_own or (is_own and len(told) > 1):
        raise fields["tell"].fault(
            "at_unit alone is told of declarations and inside reports, and of nothing else"
        )
    return NoticeRule(
        event=event,
        tell=tuple(Receiver(name) for name in receivers if name in told),
        delay_seconds=fields["delay_seconds"].whole(0, 86_400) if "delay_seconds" in fields else 0,
        by=fields["by"].one_of(ROLES, "there is no role") if "by" in fields else "",
    )


def write(table: NoticeTable) -> dict[str, object]:
    """Return the table as plain data."""
    return {
        "rules": [
            without_empty(
                {
                    "event": rule.event,
                    "by": rule.by,
                    "tell": [receiver.value for receiver in rule.tell],
                    "delay_seconds": rule.delay_seconds,
                }
            )
            for rule in table.rules
        ],
        "quiet": [clock_data(moment) for moment in table.quiet],
        "digest_at": clock_data(table.digest_at),
    }
