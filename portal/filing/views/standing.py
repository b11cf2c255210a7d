"""What the receipt page says of a report, in the words and shapes that its template takes."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.attachments.kinds import OF_REPORTERS, State
from portal.cases.kinds import OFFICE_SAID, TOLD
from portal.cases.queries import FollowUp
from portal.integrations.scrubber import FileType
from portal.presets.kinds import Reason, Taxonomy
from portal.reports.kinds import Sender
from portal.web.filters import day, day_part
from portal.web.language import current

#: What is promised, and what is said of a promise that was not kept.
PROMISES = {
    "decision": (
        _l("We decide by %(date)s."),
        _l("We are late. You should have heard by %(date)s whether we take it on."),
    ),
    "response": (
        _l("Somebody writes to you by %(date)s."),
        _l("We are late. Somebody should have written to you by %(date)s."),
    ),
    "check": (
        _l("We find out by %(date)s whether it is true."),
        _l("We are late. We should have found out by %(date)s whether it is true."),
    ),
    "answer": (
        _l("You have our answer by %(date)s."),
        _l("We are late. You should have had our answer by %(date)s."),
    ),
}

SHOWN_PDF = _l("Inspectors see pictures of its pages; what was hidden in the file is gone.")


def sentence(found: FollowUp, taxonomy: Taxonomy) -> str:
    """Return how it stands, in one sentence."""
    listed, language = _listed(found, taxonomy), current()
    name = listed.name.in_language(language) if listed else _("see below")
    group = found.group.name(language) if found.group else _("a group")
    return str(TOLD[found.standing.told]) % {"group": group, "reason": name, "office": name}


def advice(found: FollowUp, taxonomy: Taxonomy) -> str:
    """Return what somebody can do whom we did not help, "" where we do."""
    listed = _listed(found, taxonomy)
    return listed.advice.in_language(current()) if listed and listed.advice else ""


def _listed(found: FollowUp, taxonomy: Taxonomy) -> Reason | None:
    """Return the refusal reason or the office with which the case ended."""
    return {**taxonomy.refusal_reasons, **taxonomy.offices}.get(found.ended_by or "")


def handed_over(found: FollowUp, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """Return each hand-over in words: to whom, since when, what that office said."""
    offices = taxonomy.offices
    return [
        {
            "office": offices[one.office].name.in_language(current())
            if one.office in offices
            else one.office,
            "on": one.on,
            "replies": [
                {"on": at, "said": OFFICE_SAID.get(said, said), "words": words}
                for at, said, words in one.replies
            ],
            "reply_by": one.reply_by,
            "is_late": one.is_late,
        }
        for one in found.handed_over
    ]


def dates(found: FollowUp) -> list[tuple[str, bool]]:
    """Return each promise in a sentence, and whether it was broken."""
    sentences = []
    for name, (kept, broken) in PROMISES.items():
        until = getattr(found.promised, name)
        if until is not None:
            is_late = name in found.promised.late
            said = broken if is_late else kept
            sentences.append((str(said) % {"date": day(until)}, is_late))
    return sentences


def rows(found: FollowUp) -> list[dict[str, Any]]:
    """Return the thread: a group has a name, a person never."""
    group = found.group.name(current()) if found.group else _("The desk")
    said = []
    for sent, body in found.thread:
        mine = sent.sender is Sender.REPORTER
        until = found.written.get(sent.text_id)
        files = found.along.get(sent.id, ())
        notes = [_("We write to you again by %(date)s.", date=day(until))] if until else []
        given = sum(file.purpose in OF_REPORTERS for file in files)
        if given:
            notes.append(ngettext("With %(num)s file", "With %(num)s files", given))
        said.append(
            {
                "who": _("You") if mine else group,
                "when": day_part(sent.at),
                "text": body or _("(erased)"),
                "side": "me" if mine else "them",
                "note": " ".join(notes),
                "tiles": _tiles([file for file in files if file.purpose not in OF_REPORTERS]),
            }
        )
    return said


def _tiles(files: list[Any]) -> list[dict[str, str]]:
    """Return what was sent to the reporter as tiles; their own files are handed out to nobody."""
    return [
        _tile(_("File %(number)s for you", number=number), file.id)
        for number, file in enumerate(files, start=1)
        if file.state is State.SHOWN
    ]


def given(found: FollowUp) -> list[dict[str, Any]]:
    """Return what became of each file of the reporter: what was removed, and both hashes."""
    return [
        {
            "name": _("File %(number)s", number=number),
            "size": file.size,
            "on": file.created_at,
            "said": _removed(file),
            "original": file.original_sha256,
            "is_sealed": file.sealed_item_id is not None,
            "copy_hash": file.copy_sha256,
            "tool": f"{file.tool} {file.tool_version}" if file.tool else "",
        }
        for number, file in enumerate(found.files, start=1)
    ]


def _removed(file: Any) -> str:
    if file.state is State.SHOWN and file.type is FileType.PDF:
        return str(SHOWN_PDF)
    return str(file.state.label)


def pictures(found: FollowUp) -> list[tuple[str, list[dict[str, str]]]]:
    """Return the released pictures as tiles, by what they show."""
    groups = []
    for shows, files in found.pictures.items():
        tiles = [
            _tile(_("%(what)s, picture %(number)s", what=shows.label, number=number), file)
            for number, file in enumerate(files, start=1)
        ]
        groups.append((shows.label, tiles))
    return groups


def _tile(title: str, file_id: Any) -> dict[str, str]:
    address = url_for("filing.file_for_reporter", file_id=file_id)
    small = url_for("filing.file_for_reporter", file_id=file_id, part="thumbnail")
    return {"title": title, "alt": title, "url": address, "thumb_url": small}
