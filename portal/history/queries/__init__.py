"""Reading history, and finding out whether it is whole."""

from portal.history.queries.reading import (
    KeptWords,
    Recorded,
    bodies_of,
    breaches_of,
    cases_moved_by,
    event_at,
    events_about,
    events_of,
    events_of_many,
    forget_events,
    newest_of,
    one_event,
    sealed_among,
    starts_of,
    unsealed_count,
    words,
)
from portal.history.queries.verifying import Chain, Finding, Findings, event_count, verify_chain

__all__ = [
    "Chain",
    "Finding",
    "Findings",
    "KeptWords",
    "Recorded",
    "bodies_of",
    "breaches_of",
    "cases_moved_by",
    "event_at",
    "event_count",
    "events_about",
    "events_of",
    "events_of_many",
    "forget_events",
    "newest_of",
    "one_event",
    "sealed_among",
    "unsealed_count",
    "verify_chain",
    "words",
]
