"""The append-only record: events, the words they refer to, and the seals over them."""
