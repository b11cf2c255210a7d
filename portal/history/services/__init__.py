"""The one writer of history, and the sealing of what it wrote."""

from portal.history.lifecycle import Head, TextRef, as_json, chain_link, commitment, leaf_hash
from portal.history.services.recording import (
    keep_texts,
    new_event,
    new_text,
    record,
    record_many,
)
from portal.history.services.sealing import (
    HEAD_FILE,
    goes_on,
    keep_newest,
    newest,
    read_head,
    seal_pending,
    write_head,
)

__all__ = [
    "HEAD_FILE",
    "Head",
    "TextRef",
    "as_json",
    "chain_link",
    "commitment",
    "goes_on",
    "keep_newest",
    "keep_texts",
    "leaf_hash",
    "new_event",
    "new_text",
    "newest",
    "read_head",
    "record",
    "record_many",
    "seal_pending",
    "write_head",
]
