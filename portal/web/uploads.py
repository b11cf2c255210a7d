"""From the files of a form to stored, scrubbed files; before any transaction writes."""

import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress

from flask import Flask, current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from portal.attachments.kinds import Area
from portal.attachments.lifecycle import Allowance, StoredFile
from portal.attachments.services import take_in
from portal.foundation.clock import now
from portal.foundation.errors import Refusal
from portal.integrations.aside import Aside
from portal.integrations.scrubber import Scrubber, ScrubLimits
from portal.integrations.store import ObjectStore, StoreError
from portal.presets.kinds import Settings
from portal.sealing.queries import live_keys

MEGABYTE = 1_000_000
#: Files of reporters that are cleaned at the same time on this machine; each may take 250 MB.
CLEANED_AT_ONCE = 2
#: Pages come first: what is cleaned aside from them may take its time on a busy machine.
LOW_WALL_SECONDS = 120.0
#: How long an answer waits for what it has had cleaned.
PATIENCE_SECONDS = 4.0
FILE_REFUSALS = {
    "file_empty": _l("The file is empty. Choose it again."),
    "file_too_large": _l("The file is larger than allowed. Send a smaller one or a screenshot."),
    "too_many_files": _l("No more files fit into one report. You can send more with your code."),
    "files_too_large_in_all": _l("Together the files are too large. Send some later by your code."),
    "busy": _l("Too many files are being cleaned just now. Please send this one again."),
    "file_not_taken": _l("The file could not be taken. Choose another or send a screenshot."),
}


def bind(app: Flask) -> None:
    """Open the object store and make the scrubber of this process."""
    settings = app.config["PORTAL_SETTINGS"]
    app.extensions["portal-store"] = ObjectStore.in_folder(settings.attachments_dir)
    app.extensions["portal-scrubber"] = Scrubber()
    app.extensions["portal-low-scrubber"] = Scrubber(
        ScrubLimits(wall_seconds=LOW_WALL_SECONDS), at_once=CLEANED_AT_ONCE, niceness=19
    )
    app.extensions["portal-aside"] = Aside(
        settings.data_dir / "run" / "cleaning",
        turns=CLEANED_AT_ONCE,
        waiting=max(1, settings.web_threads // 4),
        patience_seconds=PATIENCE_SECONDS,
    )


def store() -> ObjectStore:
    """Return this process's object store."""
    found: ObjectStore = current_app.extensions["portal-store"]
    return found


def low_scrubber() -> Scrubber:
    """Return the scrubber for what is cleaned aside from requests: of low priority, patient."""
    found: Scrubber = current_app.extensions["portal-low-scrubber"]
    return found


def aside() -> Aside:
    """Return what does work aside from this process's requests."""
    found: Aside = current_app.extensions["portal-aside"]
    return found


def allowance(settings: Settings) -> Allowance:
    """Return what the preset lets one report bring."""
    return Allowance(
        files=settings.upload_files,
        bytes_each=settings.upload_file_mb * MEGABYTE,
        bytes_in_all=settings.upload_total_mb * MEGABYTE,
    )


def let_go_of(names: Iterable[str]) -> None:
    """Remove objects that nothing points to any more."""
    for name in names:
        with suppress(StoreError):  # what can't be removed just now is swept away with its day
            store().delete(name)


def refusal_words(reason: str) -> str:
    """Return what to do about a file that was refused with this code."""
    return str(FILE_REFUSALS.get(reason, FILE_REFUSALS["file_not_taken"]))


def taken_in(
    session: Session,
    files: Iterable[FileStorage],
    *,
    area: Area,
    key: bytes,
    limits: Allowance,
    already: Sequence[StoredFile] = (),
) -> tuple[list[StoredFile], list[tuple[str, str]]]:
    """Take in every chosen file and return what was stored and, by file name, what was refused.

    A refused file leaves the others alone; its reason is a code of `attachments`.
    """
    stored: list[StoredFile] = []
    refused: list[tuple[str, str]] = []
    custodians = live_keys(session)
    for file in files:
        if not file.filename:
            continue
        try:
            stored.append(
                take_in(
                    file.read(),
                    file.filename,
                    area=area,
                    already=[*already, *stored],
                    allowance=limits,
                    custodians=custodians,
                    store=store(),
                    scrubber=current_app.extensions["portal-scrubber"],
                    key=key,
                    entropy=secrets.token_bytes,
                    now=now(),
                )
            )
        except Refusal as error:
            refused.append((file.filename, getattr(error, "reason", "file_not_taken")))
    return stored, refused
