"""Asking for help, offering, giving and judging it; each act with its event."""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.accounts.queries import account, stays_in
from portal.assistance import lifecycle as rules
from portal.assistance import queries
from portal.assistance.kinds import Act, HelpEnd, HelpKind, Origin
from portal.assistance.lifecycle import Whom, Wish
from portal.assistance.models import (
    Assistance,
    AssistanceAdvice,
    AssistanceCase,
    AssistanceFinding,
)
from portal.clocks.due import due
from portal.foundation import secrets
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.history.kinds import EventKind, TextKind
from portal.history.services import TextRef, keep_texts, new_text, record
from portal.inspections.kinds import Level
from portal.notices.services import queue_notices
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.units.queries import people_tied_to

#: What the words of help are, by the name under which an event holds them.
TEXT_KINDS = {
    "wanted": TextKind.STATEMENT,
    "who": TextKind.WHO,
    "source": TextKind.REASON,
    "plan": TextKind.TASK,
    "reason": TextKind.REASON,
    "elsewhere": TextKind.REASON,
    "advice": TextKind.OPINION,
    "shown": TextKind.STATEMENT,
    "found": TextKind.FINDING,
    "done": TextKind.STATEMENT,
    "expert": TextKind.WHO,
    "opinion": TextKind.OPINION,
    "said": TextKind.STATEMENT,
}
NONE_YET = (
    *("owner_id", "answered_at", "done_by", "plan_text_id", "ended_at", "ended", "ended_by"),
    *("end_text_id", "elsewhere_text_id", "expert_text_id", "opinion_text_id", "ask_on"),
    *("helped", "judged_at", "judged_by_link", "judged_who_text_id", "judged_text_id"),
    "judged_source_text_id",
)


def help_token(help_id: UUID) -> str:
    """Return the secret in the link of whoever is helped: made again when needed, never stored."""
    key = secrets.in_use().key("unit-link")
    return hmac.digest(key, b"help\x00" + help_id.bytes, "sha256")[:16].hex()


def token_digest(token: str) -> bytes:
    """Return what the database holds of a token."""
    return hashlib.sha256(token.encode()).digest()


def begin(
    session: Session,
    actor: Actor,
    wish: Wish,
    whom: Whom,
    *,
    number: str,
    group_id: UUID,
    preset: Preset,
    now: datetime,
    owner_id: UUID | None = None,
    plan: str = "",
    done_by: date | None = None,
    tell: bool = True,
) -> Assistance:
    """Write down help that is asked for or offered; who offers it says at once who does what by
    when. The caller has seen to whether the actor may. Raises Incomplete naming the field.
    """
    by_link = actor.account_id is None
    rules.check_wish(wish, by_link=by_link)
    is_offer = wish.origin is Origin.OFFERED
    if is_offer:
        _check_taking(session, whom.unit_id, group_id, owner_id, plan, done_by, preset, now)
    until = None if is_offer else queries.answer_due(preset, now)
    said = {
        "wanted": wish.wanted,
        "who": f"{wish.name.strip()}\n{wish.post.strip()}",
        "source": wish.source,
        "plan": plan,
    }
    texts = _keep(session, said)
    row = {**dict.fromkeys(NONE_YET), **_ids(texts, "wanted", "who", "source", "plan")}
    help_id = uuid4()
    if is_offer:
        row |= {"owner_id": owner_id, "answered_at": now, "done_by": done_by}
    one = Assistance(
        id=help_id,
        number=number,
        kind=HelpKind(wish.kind),
        origin=wish.origin,
        by_link=by_link,
        unit_id=whom.unit_id,
        jurisdiction=whom.jurisdiction,
        township=whom.township,
        group_id=group_id,
        item_id=wish.item_id,
        made_at=now,
        made_by=actor.person_id,
        answer_due_on=until.last_day if until else None,
        token_hash=token_digest(help_token(help_id)),
        **row,
    )
    session.add(one)
    session.flush()
    for case_id in dict.fromkeys(wish.case_ids):
        session.add(AssistanceCase(assistance_id=one.id, case_id=case_id))
    session.flush()
    act = Act.OFFERED if is_offer else Act.ASKED
    about = {"kind": one.kind, "unit": one.unit_id, "cases": list(wish.case_ids)}
    seq = _tell(session, actor, one, act, now, texts, number=number, owner=owner_id, **about)
    if tell:
        _notify(session, actor, seq, preset, now)
    return one


def _notify(session: Session, actor: Actor, seq: int, preset: Preset, now: datetime) -> None:
    """Queue what the preset's table says: who gives help hears of what came by a link."""
    event, table = EventKind.HELP_CHANGED, preset.notices
    queue_notices(session, actor, event, table, case_id=None, seq=seq, now=now)


def take_up(
    session: Session,
    actor: Actor,
    help_id: UUID,
    *,
    owner_id: UUID | None,
    plan: str,
    done_by: date | None,
    preset: Preset,
    now: datetime,
) -> Assistance:
    """Answer that it will be done: by whom, what, by when. Raises NotFound, NotAllowed, OutOfTurn,
    Incomplete."""
    one = _own(session, actor, help_id)
    rules.check_taking(one.facts)
    _check_taking(session, one.unit_id, one.group_id, owner_id, plan, done_by, preset, now)
    texts = _keep(session, {"plan": plan})
    one.owner_id, one.answered_at, one.done_by = owner_id, one.answered_at or now, done_by
    one.plan_text_id = texts["plan"].id
    _tell(session, actor, one, Act.TAKEN_UP, now, texts, owner=owner_id, done_by=done_by)
    return one


def decline(
    session: Session, actor: Actor, help_id: UUID, *, reason: str, elsewhere: str, now: datetime
) -> Assistance:
    """Say that it can't be given, why, and where else to go. Raises as `take_up`."""
    one = _own(session, actor, help_id)
    if one.ended is not None:
        raise OutOfTurn("help_over", {})
    rules.check_decline(reason, elsewhere)
    texts = _keep(session, {"reason": reason, "elsewhere": elsewhere})
    one.answered_at = one.answered_at or now
    one.ended_at, one.ended, one.ended_by = now, HelpEnd.DECLINED, actor.person_id
    one.end_text_id, one.elsewhere_text_id = texts["reason"].id, texts["elsewhere"].id
    _tell(session, actor, one, Act.DECLINED, now, texts)
    return one


def advise(session: Session, actor: Actor, help_id: UUID, advice: str, *, now: datetime) -> None:
    """Keep a piece of advice. Raises as `take_up`."""
    one = _own(session, actor, help_id)
    rules.check_under_way(one.facts)
    if not advice.strip():
        raise Incomplete("advice", "help_words_missing")
    texts = _keep(session, {"advice": advice})
    row = AssistanceAdvice(
        id=uuid4(),
        assistance_id=one.id,
        number=_next(session, AssistanceAdvice, one.id),
        text_id=texts["advice"].id,
        given_at=now,
        given_by=_person(actor),
        **dict.fromkeys(("followed", "followed_at", "followed_by", "followed_text_id")),
    )
    session.add(row)
    session.flush()
    _tell(session, actor, one, Act.ADVISED, now, texts, advice=row.id)


def settle_advice(
    session: Session,
    actor: Actor,
    help_id: UUID,
    *,
    advice_id: UUID | None,
    followed: str | None,
    shown: str,
    now: datetime,
) -> None:
    """Say whether a piece of advice was followed; also after the help has come to its end.

    Raises as `take_up`.
    """
    one = _own(session, actor, help_id)
    row = next((it for it in queries.advice_of(session, one.id) if it.id == advice_id), None)
    if row is None or row.followed is not None:
        raise Incomplete("advice_id", "help_advice_missing")
    found = rules.check_followed(followed, shown)
    texts = _keep(session, {"shown": shown})
    row.followed, row.followed_at, row.followed_by = found, now, actor.person_id
    row.followed_text_id = texts["shown"].id
    _tell(session, actor, one, Act.FOLLOWED, now, texts, advice=row.id, followed=found)


def note_finding(
    session: Session,
    actor: Actor,
    one: Assistance,
    *,
    level: Level,
    found: str,
    right_by: date | None,
    case_id: UUID | None,
    now: datetime,
) -> None:
    """Keep what was found while helping, locked and checked by the caller: a major hazard with the
    case that registers it, a general one with the day by which the unit puts it right by itself.
    """
    texts = _keep(session, {"found": found})
    row = AssistanceFinding(
        id=uuid4(),
        assistance_id=one.id,
        number=_next(session, AssistanceFinding, one.id),
        text_id=texts["found"].id,
        level=level,
        right_by=right_by if level is Level.GENERAL else None,
        case_id=case_id,
        told_at=now,
        told_by=_person(actor),
    )
    session.add(row)
    session.flush()
    about = {"finding": row.id, "level": level, "case": case_id}
    _tell(session, actor, one, Act.FOUND, now, texts, **about)


def finish(
    session: Session,
    actor: Actor,
    help_id: UUID,
    *,
    end: str | None,
    done: str,
    expert: str,
    opinion: str,
    preset: Preset,
    now: datetime,
) -> Assistance:
    """Say what was done, and what an expert said; so many days later it is asked whether it
    helped. Raises as `take_up`.
    """
    one = _own(session, actor, help_id)
    rules.check_under_way(one.facts)
    ended = rules.check_end(end, done, expert, opinion)
    texts = _keep(session, {"done": done, "expert": expert, "opinion": opinion})
    one.ended_at, one.ended, one.ended_by = now, ended, actor.person_id
    one.end_text_id = texts["done"].id
    one.expert_text_id = texts["expert"].id if "expert" in texts else None
    one.opinion_text_id = texts["opinion"].id if "opinion" in texts else None
    limit = preset.limits.limits.get(rules.EFFECT)
    if ended is HelpEnd.DONE and limit is not None:
        one.ask_on = due(now, limit, preset.calendar, preset.limits).last_day
    _tell(session, actor, one, Act.FINISHED, now, texts, end=ended, ask_on=one.ask_on)
    return one


def judge(
    session: Session,
    actor: Actor,
    one: Assistance,
    *,
    helped: str | None,
    said: str,
    name: str,
    post: str,
    source: str,
    today: date,
    now: datetime,
    tell: bool = True,
) -> None:
    """Keep what those who were helped say of it, by their link, or told to staff with the source.

    `one` is locked by `own_help`, or by `locked`. Raises OutOfTurn, Incomplete.
    """
    by_link = actor.account_id is None
    require(actor, Action.JUDGE_HELP if by_link else Action.GIVE_HELP, one)
    rules.check_judging(one.facts, today)
    found = rules.check_judgement(helped, name, post, source, by_link=by_link)
    who = f"{name.strip()}\n{post.strip()}"
    texts = _keep(session, {"said": said, "who": who, "source": "" if by_link else source})
    one.helped, one.judged_at, one.judged_by_link = found, now, by_link
    one.judged_who_text_id = texts["who"].id
    one.judged_text_id = texts["said"].id if "said" in texts else None
    one.judged_source_text_id = texts["source"].id if "source" in texts else None
    seq = _tell(session, actor, one, Act.JUDGED, now, texts, helped=found, by_link=by_link)
    if tell:
        _notify(session, actor, seq, in_force(session, now), now)


def revoke_help_link(session: Session, actor: Actor, help_id: UUID, *, now: datetime) -> None:
    """Withdraw the link of whoever is helped. Raises NotFound, NotAllowed, OutOfTurn."""
    one = _own(session, actor, help_id)
    if one.token_hash is None:
        raise OutOfTurn("help_link_gone", {})
    one.token_hash = None
    _tell(session, actor, one, Act.LINK_REVOKED, now, {})


def release_help(
    session: Session, actor: Actor, account_id: UUID, group_ids: Collection[UUID], *, now: datetime
) -> None:
    """Let the open help that somebody handles who leaves these groups wait for somebody else.

    The policy of ending roles has let the caller in.
    """
    wanted = select(Assistance).where(
        Assistance.owner_id == account_id,
        Assistance.group_id.in_(group_ids),
        Assistance.ended.is_(None),
    )
    for one in session.scalars(wanted.order_by(Assistance.id).with_for_update()).all():
        one.owner_id = None
        _tell(session, actor, one, Act.RELEASED, now, {}, owner=account_id)


def bar(
    session: Session,
    actor: Actor,
    help_ids: frozenset[UUID],
    *,
    case_id: UUID,
    move: str,
    now: datetime,
) -> None:
    """Keep that somebody tried to use help as a ground for a disciplinary step."""
    for help_id in sorted(help_ids):
        one = session.get_one(Assistance, help_id)
        _tell(session, actor, one, Act.BARRED, now, {}, case=case_id, move=move)


def locked(session: Session, actor: Actor, help_id: UUID) -> Assistance:
    """Return help of the actor's own group, locked. Raises NotFound, NotAllowed."""
    return _own(session, actor, help_id)


def latest_day(preset: Preset, now: datetime, limit: str) -> date:
    """Return the last day that may be promised: by the preset's days, else in a year."""
    days = preset.limits.windows.get(limit)
    if days is None:
        found = preset.limits.limits.get(limit)
        days = found.value if found else 365
    return now.astimezone(preset.limits.zone).date() + timedelta(days=days)


def _own(session: Session, actor: Actor, help_id: UUID) -> Assistance:
    one = queries.help_of(session, actor, help_id, lock=True)
    require(actor, Action.GIVE_HELP, one)
    return one


def _check_taking(
    session: Session,
    unit_id: UUID | None,
    group_id: UUID,
    owner_id: UUID | None,
    plan: str,
    done_by: date | None,
    preset: Preset,
    now: datetime,
) -> None:
    """Raise Incomplete unless somebody of the group without a tie does something by a day."""
    today = now.astimezone(preset.limits.zone).date()
    if owner_id is None or not stays_in(session, owner_id, group_id, on=today):
        raise Incomplete("owner_id", "help_owner_missing")
    if unit_id and account(session, owner_id).person_id in people_tied_to(session, unit_id):
        raise Incomplete("owner_id", "help_owner_missing")
    rules.check_plan(plan, done_by, today, latest_day(preset, now, rules.DONE_DAYS))


def _keep(session: Session, said: Mapping[str, str]) -> dict[str, TextRef]:
    """Keep the words that there are; of no case, so that no evidence of a case finds them."""
    rows = {
        name: new_text(None, TEXT_KINDS[name], body.strip())
        for name, body in said.items()
        if body.strip()
    }
    if rows:
        keep_texts(session, list(rows.values()))
    return {name: TextRef(row["id"], row["commitment"]) for name, row in rows.items()}


def _ids(texts: Mapping[str, TextRef], *names: str) -> dict[str, UUID | None]:
    return {f"{name}_text_id": texts[name].id if name in texts else None for name in names}


def _next(
    session: Session, table: type[AssistanceAdvice] | type[AssistanceFinding], help_id: UUID
) -> int:
    wanted = select(func.count()).select_from(table).where(table.assistance_id == help_id)
    return (session.scalar(wanted) or 0) + 1


def _person(actor: Actor) -> UUID:
    assert actor.person_id is not None  # noqa: S101  the policy lets only people in
    return actor.person_id


def _tell(
    session: Session,
    actor: Actor,
    one: Assistance,
    act: Act,
    now: datetime,
    texts: Mapping[str, TextRef],
    **more: Any,
) -> int:
    """Record what was done: an event of no case, which no evidence of a case holds."""
    payload = {"help": one.id, "act": act, "texts": texts, **more}
    return record(session, actor, EventKind.HELP_CHANGED, at=now, payload=payload)
