"""The floor: Flask and psycopg alone, one small page each, the same number of rows written."""

import json
import os
from html import escape
from typing import Any
from uuid import UUID, uuid4

from flask import Flask, redirect, request
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

from tests.benchmarks import floor_oversight

app = Flask(__name__, static_folder=None)
pool = ConnectionPool(
    os.environ["FLOOR_URL"], min_size=1, max_size=4, kwargs={"row_factory": tuple_row}, open=True
)
#: What one step writes: table → [rows put in, rows changed, rows taken out].
PLAN: dict[str, dict[str, list[int]]] = json.loads(os.environ.get("FLOOR_PLAN", "{}"))
FORM = (
    "<!doctype html><title>%s</title><form method=post action=%s>"
    "<textarea name=text>%s</textarea><button>Go</button></form>"
)


def write_rows(connection: Any, step: str, nonce: str, body: str) -> None:
    """Write what the plan says of a step: one statement a table, all its rows at once."""
    for table, (put_in, changed, taken_out) in PLAN.get(step, {}).items():
        if table == "drafts":
            if put_in or changed:
                connection.execute(
                    "INSERT INTO floor.drafts VALUES (%s, %s) "
                    "ON CONFLICT (nonce) DO UPDATE SET body = excluded.body",
                    (nonce, body),
                )
            if taken_out:
                connection.execute("DELETE FROM floor.drafts WHERE nonce = %s", (nonce,))
            continue
        ids: list[UUID] = [uuid4() for _ in range(put_in)]
        if ids:
            values = ", ".join(["(%s, %s, %s)"] * len(ids))
            rows = [part for row_id in ids for part in (row_id, table, body)]
            connection.execute(f"INSERT INTO floor.rows VALUES {values}", rows)
        if changed and ids:
            connection.execute("UPDATE floor.rows SET body = %s WHERE id = %s", (body, ids[0]))
        elif changed:
            connection.execute(
                "INSERT INTO floor.counters VALUES (%s, 1) "
                "ON CONFLICT (of) DO UPDATE SET next = counters.next + 1",
                (table,),
            )


@app.get("/report")
def form() -> str:
    return FORM % ("What", "/report", "")


@app.post("/report")
@app.post("/report/evidence")
@app.post("/report/send")
def step() -> Any:
    nonce = request.args["nonce"]
    with pool.connection() as connection:
        write_rows(connection, request.path, nonce, request.form.get("text", ""))
    return redirect("/report/sent", 303)


@app.get("/report/evidence")
@app.get("/report/check")
def draft() -> str:
    with pool.connection() as connection:
        row = connection.execute(
            "SELECT body FROM floor.drafts WHERE nonce = %s", (request.args["nonce"],)
        ).fetchone()
    return FORM % ("Check", "/report/send", escape(str(row and row[0])))


@app.get("/report/sent")
def sent() -> str:
    with pool.connection() as connection:
        row = connection.execute("SELECT next FROM floor.counters LIMIT 1").fetchone()
    return f"<!doctype html><title>Sent</title><p>{row and row[0]}</p>"


ROWS = """
SELECT c.number, c.state, c.jurisdiction, c.next_due_at, c.next_clock, p.name, left(t.body, 28)
FROM cases c
LEFT JOIN accounts a ON a.id = c.handler_id
LEFT JOIN people p ON p.id = a.person_id
LEFT JOIN LATERAL (
  SELECT text_id FROM reports WHERE case_id = c.id ORDER BY filed_at LIMIT 1
) r ON true
LEFT JOIN texts t ON t.id = r.text_id
"""
QUEUE = ROWS + (
    "WHERE c.group_id = %s AND c.state <> 'closed' ORDER BY c.next_due_sort, c.id LIMIT 25"
)
INTAKE = ROWS + (
    "WHERE c.desk_id = %s AND c.state = 'received' ORDER BY c.next_due_sort, c.id LIMIT %s"
)
SEARCH = ROWS + (
    "WHERE c.id IN (SELECT case_id FROM case_search WHERE grams @> %s) "
    "ORDER BY c.opened_at DESC, c.id DESC LIMIT 25"
)
NEXT = """
SELECT c.number, c.state, c.version, t.body, w.body FROM cases c
JOIN reports r ON r.case_id = c.id JOIN texts t ON t.id = r.text_id
JOIN texts w ON w.id = r.place_text_id
WHERE c.desk_id = %s AND c.state = 'received' ORDER BY c.next_due_sort, c.id LIMIT 1
"""
COUNTS = """
SELECT count(*), count(*) FILTER (WHERE suspected_major OR priority = 'urgent'),
  count(*) FILTER (WHERE next_due_at < now()), count(*) FILTER (WHERE return_count > 0),
  count(*) FILTER (WHERE channel = 'hotline_12345'),
  count(*) FILTER (WHERE set_aside_until IS NOT NULL)
FROM cases WHERE desk_id = %s AND state = 'received'
"""
SHARES = """
SELECT most_common_elems::text::text[], most_common_elem_freqs FROM pg_stats
WHERE schemaname = 'public' AND tablename = 'case_search' AND attname = 'grams'
"""
ALIKE = """
SELECT c.number, c.state, left(t.body, 28) FROM (
  SELECT h.case_id, count(*) AS hits FROM unnest(%s::text[]) AS rare(gram)
  JOIN LATERAL (
    SELECT case_id FROM case_search WHERE grams @> ARRAY[rare.gram] LIMIT 300
  ) h ON true GROUP BY h.case_id ORDER BY hits DESC LIMIT 3
) held JOIN cases c ON c.id = held.case_id
JOIN reports r ON r.case_id = c.id JOIN texts t ON t.id = r.text_id
"""
#: How common pairs of characters are; read once.
shares: dict[str, float] = {}


def alike(connection: Any, words: str) -> list[Any]:
    """Return three cases that hold the most of the four rarest pairs of characters."""
    if not shares:
        elements, found = connection.execute(SHARES).fetchone()
        shares.update(zip(elements, found, strict=False))
    pairs = {words[place : place + 2] for place in range(len(words) - 1)}
    rarest = sorted((pair for pair in pairs if pair.isalnum()), key=lambda p: shares.get(p, 0.0))
    found: list[Any] = connection.execute(ALIKE, (rarest[:4],)).fetchall()
    return found


def table_of(rows: list[Any]) -> str:
    lines = (
        "<tr>" + "".join(f"<td>{escape(str(cell or ''))}</td>" for cell in row) for row in rows
    )
    return f"<!doctype html><title>Cases</title><table>{''.join(lines)}</table>"


def page_of(query: str, *values: Any) -> str:
    with pool.connection() as connection:
        return table_of(connection.execute(query, values).fetchall())


@app.get("/queue")
def queue() -> str:
    return page_of(QUEUE, request.args["group"])


@app.get("/intake")
def intake() -> str:
    return page_of(INTAKE, request.args["desk"], 25)


@app.get("/search")
def search() -> str:
    return page_of(SEARCH, [request.args["q"]])


@app.get("/oversight")
def oversight() -> str:
    with pool.connection() as connection:
        return table_of(list(floor_oversight.lines(connection)))


@app.post("/act")
def act() -> Any:
    with pool.connection() as connection:
        connection.execute(NEXT, (request.args["desk"],)).fetchone()
        write_rows(connection, "/act", "", request.form.get("reason", ""))
    return redirect("/next", 303)


@app.get("/next")
def next_report() -> str:
    desk = request.args["desk"]
    with pool.connection() as connection:
        row = connection.execute(NEXT, (desk,)).fetchone() or ()
        rows = connection.execute(INTAKE, (desk, 10)).fetchall()
        # What the portal's page of one report shows, too: how many wait, and what is alike.
        counts = connection.execute(COUNTS, (desk,)).fetchone()
        same = alike(connection, f"{row[3]} {row[4]}") if row else []
    return table_of([row, counts, *rows, *same])
