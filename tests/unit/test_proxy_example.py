"""The nginx example of the manual keeps nothing: read as nginx reads it."""

import re
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "docs/examples/nginx.conf"
TOKEN = re.compile(r"""\s*(?:\#[^\n]*|("[^"]*"|[^\s;{}"]+)|([;{}]))""")


def read(text):
    """Return a block's directives: (name, arguments, block or None)."""
    stack, words, end = [[]], [], 0
    while found := TOKEN.match(text, end):
        end = found.end()
        word, mark = found.groups()
        if word:
            words.append(word.strip('"'))
        elif mark == "{":
            block = []
            stack[-1].append((words[0], words[1:], block))
            stack.append(block)
            words = []
        elif mark == ";":
            stack[-1].append((words[0], words[1:], None))
            words = []
        elif mark == "}":
            stack.pop()
    assert not words
    assert len(stack) == 1
    assert not text[end:].strip()
    return stack[0]


def walked(block, above=()):
    for name, given, inner in block:
        yield (*above, name), given
        yield from walked(inner or (), (*above, name))


@pytest.mark.promise(2)
def test_no_log_is_written_and_nothing_of_a_visitor_reaches_a_disk():
    whole = read(EXAMPLE.read_text())
    servers = [block for name, _, block in whole if name == "server"]
    assert len(servers) == 2
    for path, given in walked(whole):
        if path[-1] == "access_log":
            assert given == ["off"], path
        if path[-1] == "error_log":
            assert given == ["/dev/null", "crit"], path
        assert path[-1] not in {"log_format", "mirror", "auth_basic"}, path
    for block in servers:
        own = {name: given for name, given, inner in block if inner is None}
        assert {"access_log", "error_log"} <= own.keys()
        assert own["proxy_max_temp_file_size"] == ["0"]
        assert own["server_tokens"] == own["gzip"] == ["off"]
        (place,) = [(given, inner) for name, given, inner in block if name == "location"]
        assert place[0] == ["/"]
        sent = {given[0]: given[1] for name, given, _ in place[1] if name == "proxy_set_header"}
        onion = own["server_name"] == [".onion"]
        # Appending would believe the visitor; the scheme is never the visitor's word either.
        assert sent.pop("X-Forwarded-For") == ("" if onion else "$remote_addr")
        assert sent.pop("X-Forwarded-Proto") == ("http" if onion else "https")
        assert sent["X-Real-IP"] == sent["Forwarded"] == ""
        assert all("$remote" not in value and "$http_" not in value for value in sent.values())
    (bodies,) = [given for name, given, _ in whole if name == "client_body_temp_path"]
    assert bodies[0].startswith("/dev/shm/")
