"""What a mail address looks like."""

import re

#: One address, nothing beside it: what is typed here ends in the head of a mail.
SHAPE = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
LONGEST = 254


def is_mail_address(text: str) -> bool:
    """Say whether a text is one mail address that any server can take; inner domains are."""
    return len(text) <= LONGEST and SHAPE.fullmatch(text) is not None
