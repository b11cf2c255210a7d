"""Words of units and ties that need no database."""

from flask_babel import lazy_gettext as _l

#: What kind of connection a person can have to a unit.
TIE_KINDS = {
    "employed": _l("I work or worked there"),
    "family": _l("Somebody of my family works there or owns it"),
    "holding": _l("I own a part of it"),
    "adviser": _l("I advise it or teach there"),
    "other": _l("Another tie"),
}
