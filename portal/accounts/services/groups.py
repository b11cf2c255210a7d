"""Groups: made from the preset, told what they stand for, ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.access.kinds import Actor, GroupKind
from portal.accounts.models import Account, Group, Membership
from portal.foundation.errors import Incomplete, NotFound, Stale
from portal.history.kinds import EventKind
from portal.history.services import record
from portal.presets.kinds import GroupPreset, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFields:
    """What a group stands for, as somebody typed it; an empty remit means the preset's."""

    remit_zh: str = ""
    remit_en: str = ""
    starts_on: date | None = None
    #: The first day without it.
    ended_on: date | None = None
    liaison_id: UUID | None = None
    liaison_reach: str = ""


def set_up_groups(
    session: Session, actor: Actor, presets: Iterable[GroupPreset], *, now: datetime
) -> list[Group]:
    """Make the groups that the preset names and that do not exist yet; return the new ones."""
    known = set(session.scalars(select(Group.code)))
    made = [
        Group(
            id=uuid4(),
            code=preset.code,
            kind=GroupKind(preset.kind),
            name_zh=preset.name.zh,
            name_en=preset.name.en,
            jurisdiction=preset.jurisdiction,
            sectors=list(preset.sectors),
        )
        for preset in presets
        if preset.code not in known
    ]
    session.add_all(made)
    session.flush()  # memberships of the same transaction refer to them
    for group in made:
        record(
            session,
            actor,
            EventKind.PEOPLE_CHANGED,
            at=now,
            payload={"act": "group_made", "group": group.id, "code": group.code},
        )
    return made


def edit_group(
    session: Session,
    actor: Actor,
    group_id: UUID,
    given: GroupFields,
    preset_remit: Words | None,
    *,
    seen: int,
    today: date,
    now: datetime,
) -> Group:
    """Say what a group stands for. `seen` is the version that the person had before them.

    Raises NotFound, Stale if somebody was faster, Incomplete naming the field. The history keeps
    which fields changed, the term and who is liaison; no words.
    """
    group = session.get(Group, group_id, with_for_update=True, populate_existing=True)
    if group is None:
        raise NotFound(group_id)
    if group.version != seen:
        raise Stale(seen, group.version)
    if given.starts_on and given.ended_on and given.ended_on <= given.starts_on:
        raise Incomplete("ended_on", "term_in_order")
    wanted = _as_columns(given, preset_remit)
    fields = [name for name, value in wanted.items() if getattr(group, name) != value]
    if "liaison_id" in fields:
        _check_liaison(session, group_id, given.liaison_id, today)
    if not fields:
        return group
    for name in fields:
        setattr(group, name, wanted[name])
    group.version += 1
    payload = {
        "act": "group_edited",
        "group": group.id,
        "fields": fields,
        "from": group.starts_on,
        "until": group.ended_on,
        "liaison": group.liaison_id,
    }
    record(session, actor, EventKind.PEOPLE_CHANGED, at=now, payload=payload)
    return group


def _as_columns(given: GroupFields, preset_remit: Words | None) -> dict[str, Any]:
    """Return the columns; words that say what the preset says are left to the preset."""
    said = preset_remit or Words("", "")
    zh, en = given.remit_zh.strip(), given.remit_en.strip()
    return {
        "remit_zh": zh if zh not in ("", said.zh) else None,
        "remit_en": en if en not in ("", said.en) else None,
        "starts_on": given.starts_on,
        "ended_on": given.ended_on,
        "liaison_id": given.liaison_id,
        "liaison_reach": given.liaison_reach.strip(),
    }


def _check_liaison(session: Session, group_id: UUID, account_id: UUID | None, today: date) -> None:
    """Raise Incomplete unless nobody is named, or somebody who is or will be in the group."""
    inside = (
        select(Membership.id)
        .join(Account, Account.id == Membership.account_id)
        .where(
            Membership.group_id == group_id,
            Membership.account_id == account_id,
            or_(Membership.ends_on.is_(None), Membership.ends_on > today),
            Account.active,
        )
    )
    if account_id is not None and session.scalar(inside.limit(1)) is None:
        raise Incomplete("liaison_id", "liaison_elsewhere")


def end_group(
    session: Session, actor: Actor, group: Group, *, ends_on: date, now: datetime
) -> Group:
    """End a group: routing rules that name it send to the duty desk from that day on.

    Raises Incomplete for a group whose end is known already, or before its first day.
    """
    session.refresh(group, with_for_update=True)
    if group.ended_on is not None:
        raise Incomplete("ends_on", "group_ended")
    if group.starts_on is not None and ends_on <= group.starts_on:
        raise Incomplete("ends_on", "term_in_order")
    group.ended_on = ends_on
    group.version += 1
    record(
        session,
        actor,
        EventKind.PEOPLE_CHANGED,
        at=now,
        payload={"act": "group_ended", "group": group.id, "on": ends_on},
    )
    return group
