"""The floor: Flask and psycopg alone, one small page each, the same number of rows written."""

import json
import os
from html import escape
from typing import Any
from uuid import UUID, uuid4

from flask import Flask, redirect, request
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

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
