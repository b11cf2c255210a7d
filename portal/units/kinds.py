"""Words of units and ties that need no database."""

from flask_babel import lazy_gettext as _l

#: What kind of connection a person can have to a unit.
TIE_KINDS = {
    "employed": _l("Works or worked there"),
    "family": _l("Family works there or owns it"),
    "holding": _l("Owns a part of it"),
    "adviser": _l("Advises it or teaches there"),
    "other": _l("Another tie"),
}
