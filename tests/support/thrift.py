"""What every test's own app and database would work out anew, worked out once for all of them.

A test has an app of its own, on a database of its own. To compile the same statements and the same
addresses for each was a fifth of the time of the suite.
"""

import gc
from types import MethodType

from sqlalchemy import Engine, create_engine
from werkzeug.routing import Rule

STATEMENTS = 5000


class Statements:
    """Compiled statements, for the engines of one PostgreSQL server."""

    def __init__(self, address):
        self.source = create_engine(address, query_cache_size=STATEMENTS)
        self.source.connect().close()  # now its dialect knows the server
        self.source.dispose()

    def share(self, engine: Engine) -> None:
        """Let the engine use them; they are kept by dialect, so it takes that too."""
        engine.dialect = self.source.dialect
        engine._compiled_cache = self.source._compiled_cache


def keep_addresses_compiled() -> None:
    """Let rules that read alike share what finds and builds their addresses."""
    whole = Rule.compile
    kept: dict[tuple[object, ...], Rule] = {}

    def once(rule: Rule) -> None:
        place = (rule.rule, repr(rule.defaults), rule.subdomain, rule.host, rule.merge_slashes)
        first = kept.get(place)
        if first is None:
            whole(rule)
            kept[place] = rule
            return
        rule._parts, rule._trace, rule._converters = first._parts, first._trace, first._converters
        rule.arguments = {*rule.arguments, *first.arguments}
        rule._build = MethodType(first._build.__func__, rule)
        rule._build_unknown = MethodType(first._build_unknown.__func__, rule)

    Rule.compile = once


def leave_what_is_loaded() -> None:
    """Let the collector look no more at what is loaded already: it stays to the end."""
    gc.collect()
    gc.freeze()
