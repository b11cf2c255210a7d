"""The refusals that a service may raise; `web` turns each into its status and a page."""


class Refusal(Exception):
    """Base: the request was understood and is not carried out."""

    status = 400


class NotFound(Refusal):
    """No such thing, or none that this actor may know of."""

    status = 404


class NotAllowed(Refusal):
    """The actor sees the thing but may not do this to it."""

    status = 403


class OutOfTurn(Refusal):
    """The thing has moved on: the move is not open in its present state."""

    status = 409


class Stale(OutOfTurn):
    """Somebody changed the thing after the actor opened it."""

    def __init__(self, seen: int, current: int) -> None:
        super().__init__(seen, current)
        self.seen = seen
        self.current = current


class Incomplete(Refusal):
    """The move is open but the command lacks something.

    `field` names the form field where the message belongs, `reason` is the code of the
    sentence that says what to do (`web` and the move panel hold the sentences).
    """

    status = 422

    def __init__(self, field: str, reason: str, **values: object) -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason
        self.values = values


class TooMany(Refusal):
    """A limit on attempts is reached; waiting is the way out."""

    status = 429


class SettingError(Exception):
    """Start-up stops: the text is one sentence that names the setting and the way out."""
