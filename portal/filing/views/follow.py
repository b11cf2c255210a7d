"""Follow-up by receipt code: where it stands, the thread, rating, objecting, withdrawing."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action, Actor
from portal.attachments.kinds import REASON_LABELS, Part, Purpose, Stage
from portal.attachments.queries import content
from portal.attachments.queries import facts as facts_of_file
from portal.attachments.services import adopt
from portal.cases.kinds import REASONS, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.reward_commands import ClaimReward
from portal.cases.queries import FollowUp, file_for, follow_up
from portal.cases.services import matter_code, move_case, tell_safety
from portal.filing.forms import (
    ClaimForm,
    CodeForm,
    MessageForm,
    NoticeForm,
    ObjectForm,
    RateForm,
    SafetyForm,
    SendForm,
    StopNoticeForm,
    WithdrawForm,
)
from portal.filing.views import filing, flood, inside, rewarded, standing
from portal.filing.views.drafts import draft_of, files_of, uploads_of
from portal.filing.views.opened import (
    Forgotten,
    looked_up,
    opened,
    remembered,
    with_code,
)
from portal.filing.views.uploads import cleaned_draft, from_form, held_draft, is_raw, let_go
from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn
from portal.notices.kinds import AddressState
from portal.notices.queries import reporter_address
from portal.notices.services import erase_address, keep_address
from portal.presets.queries import in_force
from portal.reports.kinds import Contacted, Satisfied, Solved
from portal.reports.lifecycle import cleaned_code, draft_key, thread_nonce
from portal.reports.services import drop_draft
from portal.web.cookies import forget_site
from portal.web.headers import photos_page
from portal.web.language import current
from portal.web.pages import needs
from portal.web.public_forms import cleaned, made
from portal.web.request_cycle import when_kept
from portal.web.uploads import refusal_words, store

#: The code's form needs a nonce for its token; it protects nothing that has to be remembered.
FORM_NONCE = bytes(16)
#: The forms in which somebody may write for longer than the code is remembered.
FORMS_WITH_WORDS = (
    ("message", "body", MessageForm),
    ("object", "body", ObjectForm),
    ("withdraw", "reason", WithdrawForm),
    ("safety", "said", SafetyForm),
)
KEPT = {
    f"filing.{'object_to' if name == 'object' else name}": (name, field)
    for name, field, _kind in FORMS_WITH_WORDS
} | {"filing.inside_message": (inside.FORM, "body")}


@filing.errorhandler(Forgotten)
def ask_again(error: Forgotten) -> ResponseReturnValue:
    """Ask for the code again and keep what was typed on the page until it is given."""
    name, field = KEPT.get(request.endpoint or "", ("", ""))
    typed = cleaned(request.form.get(field, "")) if field else ""
    return _code_page(made(CodeForm, FORM_NONCE), 422, name, typed)


def _code_page(
    form: Any, status: int = 200, name: str = "", typed: str | None = ""
) -> ResponseReturnValue:
    settings, moment = in_force(db.session(), now()).city.settings, now()
    is_asked = flood.codes_are_guessed(settings, now=moment)
    page = render_template(
        "filing/receipt.html",
        form=form,
        kept_for=name,
        kept=typed,
        challenge=flood.asked(settings, now=moment) if is_asked else None,
    )
    return page, status


@filing.get("/receipt")
@needs(Action.READ_RECEIPT)
def receipt() -> ResponseReturnValue:
    return _code_page(made(CodeForm, FORM_NONCE))


@filing.post("/receipt")
@needs(Action.READ_RECEIPT)
def open_receipt() -> ResponseReturnValue:
    form = made(CodeForm, FORM_NONCE, request.form)
    kept = request.form.get("kept_for", ""), cleaned(request.form.get("kept", ""))
    if not form.validate():
        return _code_page(form, 422, *kept)
    # Before the code is looked at: no answer tells a right code from a wrong one.
    is_guessed = flood.codes_are_guessed(in_force(db.session(), now()).city.settings, now=now())
    if is_guessed and not flood.is_answered(form, request.form, now=now(), at_once=True):
        return _code_page(form, 422, *kept)
    found = looked_up(cleaned_code(form.code.data or ""))
    if found is None:
        form.code.errors = [_("We found nothing for this code. Please check the 16 digits.")]
        return _code_page(form, 422, *kept)
    return with_code(_opened_page(found, *kept), found)


def _opened_page(actor: Actor, name: str, typed: str | None) -> ResponseReturnValue:
    if actor.inside_id is not None:
        return inside.opened_page(actor, typed)
    # Words that were typed to a unit come back in the message, if this is another's code.
    name = "message" if name == inside.FORM else name
    kept = [(kind, field) for form, field, kind in FORMS_WITH_WORDS if form == name]
    if not kept or not typed or actor.report_id is None:
        return redirect(url_for("filing.follow"), 303)
    (kind, field) = kept[0]
    return _page(actor, {name: made(kind, actor.report_id.bytes, None, **{field: typed})})


@filing.get("/receipt/report")
@needs(Action.READ_RECEIPT)
def follow() -> ResponseReturnValue:
    try:
        actor = opened()
    except NotFound:
        return redirect(url_for("filing.receipt"), 303)
    cleaned_draft(_nonce(actor))
    return _page(actor, {})


def _page(
    actor: Actor,
    forms: dict[str, Any],
    status: int = 200,
    refused: Any = (),
    *,
    is_waiting: bool = False,
) -> ResponseReturnValue:
    found = follow_up(db.session(), actor, now=now())
    preset = in_force(db.session(), now())
    taxonomy = preset.taxonomy
    nonce, files_nonce = found.report.id.bytes, _nonce(actor)
    photos_page()
    page = render_template(
        "filing/follow.html",
        found=found,
        codes=[
            matter_code(found.report.id, one.asked_after)
            for one in found.safety
            if one.matter_id is not None
        ],
        sentence=standing.sentence(found, taxonomy),
        advice=standing.advice(found, taxonomy),
        handed_over=standing.handed_over(found, taxonomy),
        dates=standing.dates(found),
        pictures=standing.pictures(found),
        given=standing.given(found),
        reward=rewarded.told(found, preset, shows_code=_claimed_here()),
        notice=reporter_address(db.session(), found.report.id),
        refused=[(name, refusal_words(reason)) for name, reason in refused],
        is_waiting=is_waiting,
        kept=uploads_of(draft_of(files_nonce)),
        reasons=REASON_LABELS,
        nonce=files_nonce.hex(),
        files_token=made(SendForm, files_nonce, None).csrf_token.current_token,
        rows=standing.rows(found),
        form=next(iter(forms.values()), None),
        forms={
            name: forms.get(name) or made(kind, nonce, None, **given)
            for name, kind, given in (
                ("message", MessageForm, {}),
                ("rate", RateForm, _rated(found)),
                ("object", ObjectForm, {}),
                ("withdraw", WithdrawForm, {}),
                ("claim", ClaimForm, {}),
                ("safety", SafetyForm, {}),
                ("notice", NoticeForm, {}),
                ("stop", StopNoticeForm, {}),
            )
        },
    )
    return page, status


def _rated(found: FollowUp) -> dict[str, Any]:
    """Return the answers that were given last: they can be changed while the days run."""
    names = ("contacted", "solved", "satisfied")
    given = {name: getattr(found.report, name) for name in names}
    return {name: str(value) for name, value in given.items() if value is not None}


def _moved(actor: Actor, name: str, form: Any, command: Any) -> ResponseReturnValue:
    return _done(actor, name, form, lambda: move_case(db.session(), actor, command, now=now()))


def _done(actor: Actor, name: str, form: Any, act: Callable[[], Any]) -> ResponseReturnValue:
    """Carry out a reporter's act; what is lacking is said at the field, with the text kept."""
    if not form.validate():
        return _page(actor, {name: form}, 422)
    try:
        act()
    except (Incomplete, OutOfTurn) as error:
        db.session.rollback()
        reason = getattr(error, "reason", error.args[0])
        sentence = str(REASONS[reason]) if reason in REASONS else _("Please try again.")
        name_of_field = getattr(error, "field", "")
        # WTForms' forms have no get(): a code without a field goes to the first one.
        field = form[name_of_field] if name_of_field in form else next(iter(form))
        field.errors = [sentence]
        return _page(actor, {name: form}, error.status)
    return redirect(url_for("filing.follow"), 303)


@filing.get("/receipt/files/<uuid:file_id>")
@needs(Action.READ_RECEIPT)
def file_for_reporter(file_id: UUID) -> ResponseReturnValue:
    """Show what handlers sent or released to whoever gave the code; of every other file a 404."""
    try:
        row = file_for(db.session(), opened(), file_id)
    except NotFound:
        abort(404)
    part = Part.THUMBNAIL if request.args.get("part") == "thumbnail" else Part.COPY
    key = keys.in_use().key("attachments")
    data, media_type = content(row, store=store(), key=key, part=part)
    return Response(data, mimetype=media_type, headers={"Content-Disposition": "inline"})


def _on(actor: Actor) -> dict[str, Any]:
    found = follow_up(db.session(), actor, now=now())
    return {"case_id": found.case.id, "seen": found.case.version}


@filing.post("/receipt/message")
@needs(Action.READ_RECEIPT)
def message() -> ResponseReturnValue:
    actor = opened()
    form = made(MessageForm, actor.report_id.bytes, request.form)  # type: ignore[union-attr]
    nonce = _nonce(actor)
    is_blank = not (form.body.data or "").strip()
    form.body.validators = () if is_blank and _brings_files(nonce) else form.body.validators
    is_good = form.validate()
    refused = [] if form.token_failed else from_form(nonce)
    draft = held_draft(nonce)
    if not is_good or refused or is_raw(draft):
        return _page(actor, {"message": form}, 422, refused, is_waiting=is_good and not refused)
    message_id = None if is_blank else uuid4()
    _add_evidence(actor, nonce, draft, message_id)
    return _asked(actor, form, message_id)


def _brings_files(nonce: bytes) -> bool:
    """Say whether photos can speak for themselves, those kept from the last try included."""
    kept = [file for file in uploads_of(draft_of(nonce)) if file.stage is not Stage.ARRIVING]
    return bool(kept) or any(request.files.values())


def _asked(actor: Actor, form: Any, message_id: UUID | None) -> ResponseReturnValue:
    if message_id is None:
        return redirect(url_for("filing.follow"), 303)
    said = form.body.data or ""
    command = c.Ask(**_on(actor), report_id=actor.report_id, body=said, message_id=message_id)
    return _moved(actor, "message", form, command)


def _nonce(actor: Actor) -> bytes:
    """Return the nonce of the draft that the files of the reporter's next message make."""
    return thread_nonce(actor.report_id, keys.in_use().key("draft"))  # type: ignore[arg-type]


def _add_evidence(
    actor: Actor, nonce: bytes, draft: dict[str, Any], message_id: UUID | None
) -> None:
    """Keep the files of the message's draft with the report, and with its words if it has any."""
    if not files_of(draft):
        return
    seen = _on(actor)
    rows = adopt(
        db.session(),
        files_of(draft),
        case_id=seen["case_id"],
        report_id=actor.report_id,  # type: ignore[arg-type]
        purpose=Purpose.MESSAGE,
        thing_id=message_id,
        store=store(),
        draft_key=draft_key(nonce, keys.in_use().key("draft")),
        key=keys.in_use().key("attachments"),
        entropy=keys.entropy,
        now=now(),
    )
    drop_draft(db.session(), nonce)
    when_kept(lambda: let_go(uploads_of(draft)))
    files = tuple(facts_of_file(row) for row in rows)
    evidence = c.AddEvidence(**seen, files=files, report_id=actor.report_id)
    move_case(db.session(), actor, evidence, now=now())


@filing.post("/receipt/rate")
@needs(Action.READ_RECEIPT)
def rate() -> ResponseReturnValue:
    actor = opened()
    form = made(RateForm, actor.report_id.bytes, request.form)  # type: ignore[union-attr]
    contacted, solved, satisfied = form.contacted.data, form.solved.data, form.satisfied.data
    command = c.Rate(
        **_on(actor),
        contacted=Contacted(contacted) if contacted in set(Contacted) else None,
        solved=Solved(solved) if solved in set(Solved) else None,
        satisfied=Satisfied(satisfied) if satisfied in set(Satisfied) else None,
    )
    return _moved(actor, "rate", form, command)


@filing.post("/receipt/object")
@needs(Action.READ_RECEIPT)
def object_to() -> ResponseReturnValue:
    actor = opened()
    form = made(ObjectForm, actor.report_id.bytes, request.form)  # type: ignore[union-attr]
    return _moved(actor, "object", form, c.Object(**_on(actor), body=form.body.data or ""))


@filing.post("/receipt/withdraw")
@needs(Action.READ_RECEIPT)
def withdraw() -> ResponseReturnValue:
    actor = opened()
    form = made(WithdrawForm, actor.report_id.bytes, request.form)  # type: ignore[union-attr]
    return _moved(actor, "withdraw", form, c.Withdraw(**_on(actor), reason=form.reason.data or ""))


@filing.post("/receipt/claim")
@needs(Action.READ_RECEIPT)
def claim() -> ResponseReturnValue:
    """Claim the reward; the page shows the voucher's code while the cookie remembers this."""
    actor = opened()
    form = made(ClaimForm, actor.report_id.bytes, request.form)  # type: ignore[union-attr]
    response = make_response(_moved(actor, "claim", form, ClaimReward(**_on(actor))))
    if response.status_code == 303:
        return with_code(response, actor, claimed=True)
    # Pressed twice, or too late: the page itself says how it stands.
    is_late = response.status_code == OutOfTurn.status
    return redirect(url_for("filing.follow"), 303) if is_late else response


def _claimed_here() -> bool:
    """Say whether this browser claimed the reward within the hour."""
    try:
        return bool(remembered().get("claimed"))
    except Forgotten:
        return False


@filing.post("/receipt/safety")
@needs(Action.READ_RECEIPT)
def safety() -> ResponseReturnValue:
    """Take the answer whether reporting brought harm; a yes becomes a report of its own."""
    actor = opened()
    form = made(SafetyForm, actor.report_id.bytes, request.form)  # type: ignore[union-attr]
    harmed = {"yes": True, "no": False}.get(form.harmed.data or "")
    said = form.said.data or ""

    def act() -> None:
        tell_safety(db.session(), actor, harmed=harmed, said=said, now=now())

    return _done(actor, "safety", form, act)


@filing.post("/receipt/notice")
@needs(Action.READ_RECEIPT)
def keep_notice() -> ResponseReturnValue:
    """Keep where the reporter wishes to hear that there is something new."""
    actor = opened()
    form = made(NoticeForm, actor.report_id.bytes, request.form)  # type: ignore[union-attr]
    return _done(actor, "notice", form, lambda: leave_address(actor, form))


def leave_address(actor: Actor, form: Any) -> None:
    """Keep the address of a valid form, unless the case is closed. Raises NotFound."""
    found = follow_up(db.session(), actor, now=now())
    if found.case.state is not State.CLOSED:
        key = keys.in_use().key("notice-address")
        address = (form.address.data or "").strip()
        keep_address(db.session(), found.report.id, address, current(), key=key)


@filing.post("/receipt/notice/stop")
@needs(Action.READ_RECEIPT)
def stop_notice() -> ResponseReturnValue:
    """Erase the address: nothing is written there any more."""
    actor = opened()
    form = made(StopNoticeForm, actor.report_id.bytes, request.form)  # type: ignore[union-attr]
    report_id = follow_up(db.session(), actor, now=now()).report.id
    return _done(
        actor, "stop", form, lambda: erase_address(db.session(), report_id, AddressState.STOPPED)
    )


@filing.post("/receipt/leave")
@needs(Action.READ_RECEIPT)
def close_receipt() -> ResponseReturnValue:
    """Let the browser forget the code's cookie."""
    response = make_response(redirect(url_for("filing.home"), 303))
    forget_site(response)
    return response
