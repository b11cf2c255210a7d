"""Lessons, their wordings, the cases they come from, what was said of them, and sweeps."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"

KINDS = ("experience_summary", "typical_case")
STATES = ("draft", "handed_in", "read", "published", "withdrawn")
VERDICTS = ("used", "not_fitting")


def allow(table: str, column: str, name: str, *more: str) -> None:
    """Let the column hold further values; those that were allowed stay so.

    Written out here for the reason that 0008 gives.
    """
    asked = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    said = op.get_bind().scalar(asked, {"name": name}) or ""
    listed = ", ".join(f"'{kind}'" for kind in [*re.findall(r"'(\w+)'::", said), *more])
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({listed}))")


def column(name: str, kind: object, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=nullable)  # type: ignore[arg-type]


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return column(name, sa.DateTime(timezone=True), nullable=nullable)


def one_of(name: str, kinds: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*kinds, name=name, native_enum=False, create_constraint=True, length=40)


def refers(table: str, name: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_{table}_{name}"))


def fence(table: str, when: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE {when} ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def upgrade() -> None:
    allow("events", "kind", "ck_events_eventkind", "lesson_changed")
    allow("texts", "kind", "ck_texts_textkind", "lesson")
    op.create_table(
        "lessons",
        column("id", sa.Uuid()),
        column("kind", one_of("lessonkind", KINDS)),
        column("state", one_of("lessonstate", STATES)),
        column("version", sa.Integer()),
        column("language", sa.Text()),
        column("category", sa.Text(), nullable=True),
        column("sector", sa.Text(), nullable=True),
        column("conditions", postgresql.JSONB()),
        column("text_id", sa.Uuid()),
        column("group_id", sa.Uuid(), nullable=True),
        moment("drafted_at"),
        column("drafted_by", sa.Uuid()),
        moment("changed_at"),
        column("read_by", sa.Uuid(), nullable=True),
        column("note_text_id", sa.Uuid(), nullable=True),
        moment("published_at", nullable=True),
        column("published_by", sa.Uuid(), nullable=True),
        column("in_spite_text_id", sa.Uuid(), nullable=True),
        moment("withdrawn_at", nullable=True),
        column("withdrawn_by", sa.Uuid(), nullable=True),
        column("withdrawn_text_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('published', 'withdrawn')) = (published_at IS NOT NULL)",
            name=op.f("ck_lessons_published_when"),
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)",
            name=op.f("ck_lessons_withdrawn_when"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('read', 'published', 'withdrawn') OR read_by IS NOT NULL",
            name=op.f("ck_lessons_read_first"),
        ),
        refers("lessons", "text_id", "texts"),
        refers("lessons", "group_id", "groups"),
        refers("lessons", "drafted_by", "accounts"),
        refers("lessons", "note_text_id", "texts"),
        refers("lessons", "in_spite_text_id", "texts"),
        refers("lessons", "withdrawn_text_id", "texts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lessons")),
    )
    op.create_index("ix_lessons_state_changed_at", "lessons", ["state", "changed_at"])
    op.create_table(
        "lesson_wordings",
        column("id", sa.Uuid()),
        column("lesson_id", sa.Uuid()),
        column("number", sa.Integer()),
        column("text_id", sa.Uuid()),
        moment("written_at"),
        column("written_by", sa.Uuid()),
        refers("lesson_wordings", "lesson_id", "lessons"),
        refers("lesson_wordings", "text_id", "texts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_wordings")),
        sa.UniqueConstraint("lesson_id", "number", name=op.f("uq_lesson_wordings_lesson_id")),
    )
    op.create_table(
        "lesson_cases",
        column("lesson_id", sa.Uuid()),
        column("case_id", sa.Uuid()),
        refers("lesson_cases", "lesson_id", "lessons"),
        refers("lesson_cases", "case_id", "cases"),
        sa.PrimaryKeyConstraint("lesson_id", "case_id", name=op.f("pk_lesson_cases")),
    )
    op.create_index(op.f("ix_lesson_cases_case_id"), "lesson_cases", ["case_id"])
    op.create_table(
        "lesson_uses",
        column("lesson_id", sa.Uuid()),
        column("case_id", sa.Uuid()),
        column("verdict", one_of("verdict", VERDICTS)),
        moment("said_at"),
        column("said_by", sa.Uuid()),
        refers("lesson_uses", "lesson_id", "lessons"),
        refers("lesson_uses", "case_id", "cases"),
        sa.PrimaryKeyConstraint("lesson_id", "case_id", name=op.f("pk_lesson_uses")),
    )
    op.create_index(op.f("ix_lesson_uses_case_id"), "lesson_uses", ["case_id"])
    op.create_table(
        "lesson_sweeps",
        column("plan_id", sa.Uuid()),
        column("lesson_id", sa.Uuid()),
        column("why", postgresql.JSONB()),
        moment("swept_at"),
        column("swept_by", sa.Uuid()),
        sa.CheckConstraint("why <> '{}'::jsonb", name=op.f("ck_lesson_sweeps_says_why")),
        refers("lesson_sweeps", "plan_id", "plans"),
        refers("lesson_sweeps", "lesson_id", "lessons"),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_lesson_sweeps")),
    )
    op.create_index(op.f("ix_lesson_sweeps_lesson_id"), "lesson_sweeps", ["lesson_id"])
    # A lesson that was withdrawn stays as such, and who wrote what cannot be changed afterwards.
    fence("lessons", "DELETE OR TRUNCATE")
    for table in ("lesson_wordings", "lesson_cases", "lesson_sweeps"):
        fence(table, "UPDATE OR DELETE OR TRUNCATE")


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
