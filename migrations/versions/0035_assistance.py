"""Help for units and townships, its advice, what was found meanwhile, the cases it is about."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

KINDS = ("help_visit", "expert_consultation", "training", "coordination", "funds")
LEVELS = ("general", "major")
THREE = ("yes", "partly", "no")


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


def text_of(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return column(f"{name}_text_id", sa.Uuid(), nullable=nullable)


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def refers(table: str, name: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_{table}_{name}"))


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def fence(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_never_deleted BEFORE DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def upgrade() -> None:
    allow("events", "kind", "ck_events_eventkind", "help_changed")
    allow("cases", "source", "ck_cases_source", "help")
    t = "assistances"
    texts = ("source", "plan", "end", "elsewhere", "expert", "opinion")
    texts += ("judged_who", "judged", "judged_source")
    op.create_table(
        t,
        column("id", sa.Uuid()),
        column("number", sa.Text()),
        column("kind", one_of("helpkind", *KINDS)),
        column("origin", one_of("origin", "asked", "offered")),
        column("by_link", sa.Boolean()),
        column("unit_id", sa.Uuid(), nullable=True),
        column("jurisdiction", sa.Text(), nullable=True),
        column("township", sa.Text(), nullable=True),
        column("group_id", sa.Uuid()),
        column("owner_id", sa.Uuid(), nullable=True),
        column("item_id", sa.Uuid(), nullable=True),
        text_of("wanted", nullable=False),
        text_of("who", nullable=False),
        *(text_of(name) for name in texts),
        moment("made_at"),
        column("made_by", sa.Uuid(), nullable=True),
        column("answer_due_on", sa.Date(), nullable=True),
        moment("answered_at", nullable=True),
        column("done_by", sa.Date(), nullable=True),
        moment("ended_at", nullable=True),
        column("ended", one_of("helpend", "done", "declined", "not_wanted"), nullable=True),
        column("ended_by", sa.Uuid(), nullable=True),
        column("ask_on", sa.Date(), nullable=True),
        column("helped", one_of("helped", *THREE), nullable=True),
        moment("judged_at", nullable=True),
        column("judged_by_link", sa.Boolean(), nullable=True),
        column("token_hash", sa.LargeBinary(), nullable=True),
        check(t, "somebody_is_helped", "unit_id IS NOT NULL OR jurisdiction IS NOT NULL"),
        check(t, "ended_how", "(ended_at IS NULL) = (ended IS NULL)"),
        check(t, "declined_with_a_way", "ended <> 'declined' OR elsewhere_text_id IS NOT NULL"),
        check(t, "judged_how", "(judged_at IS NULL) = (helped IS NULL)"),
        check(t, "only_given_help_is_judged", "helped IS NULL OR ended = 'done'"),
        refers(t, "unit_id", "units"),
        refers(t, "group_id", "groups"),
        refers(t, "owner_id", "accounts"),
        refers(t, "item_id", "task_items"),
        *(refers(t, f"{name}_text_id", "texts") for name in ("wanted", "who", *texts)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistances")),
        sa.UniqueConstraint("number", name=op.f("uq_assistances_number")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_assistances_token_hash")),
    )
    op.create_index(op.f("ix_assistances_unit_id"), t, ["unit_id"])
    op.create_index(op.f("ix_assistances_owner_id"), t, ["owner_id"])
    op.create_index("ix_assistances_group_id", t, ["group_id"])
    op.create_index("ix_assistances_jurisdiction_made_at", t, ["jurisdiction", "made_at"])
    op.create_table(
        "assistance_cases",
        column("assistance_id", sa.Uuid()),
        column("case_id", sa.Uuid()),
        refers("assistance_cases", "assistance_id", t),
        refers("assistance_cases", "case_id", "cases"),
        sa.PrimaryKeyConstraint("assistance_id", "case_id", name=op.f("pk_assistance_cases")),
    )
    op.create_index(op.f("ix_assistance_cases_case_id"), "assistance_cases", ["case_id"])
    a = "assistance_advice"
    op.create_table(
        a,
        column("id", sa.Uuid()),
        column("assistance_id", sa.Uuid()),
        column("number", sa.Integer()),
        column("text_id", sa.Uuid()),
        moment("given_at"),
        column("given_by", sa.Uuid()),
        column("followed", one_of("followed", *THREE), nullable=True),
        moment("followed_at", nullable=True),
        column("followed_by", sa.Uuid(), nullable=True),
        text_of("followed"),
        check(a, "followed_when", "(followed_at IS NULL) = (followed IS NULL)"),
        refers(a, "assistance_id", t),
        refers(a, "text_id", "texts"),
        refers(a, "followed_text_id", "texts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistance_advice")),
        sa.UniqueConstraint(
            "assistance_id", "number", name=op.f("uq_assistance_advice_assistance_id")
        ),
    )
    f = "assistance_findings"
    op.create_table(
        f,
        column("id", sa.Uuid()),
        column("assistance_id", sa.Uuid()),
        column("number", sa.Integer()),
        column("text_id", sa.Uuid()),
        column("level", one_of("level", *LEVELS)),
        column("right_by", sa.Date(), nullable=True),
        column("case_id", sa.Uuid(), nullable=True),
        moment("told_at"),
        column("told_by", sa.Uuid()),
        check(f, "major_has_a_case", "(level = 'major') = (case_id IS NOT NULL)"),
        check(f, "general_has_a_day", "(level = 'general') = (right_by IS NOT NULL)"),
        refers(f, "assistance_id", t),
        refers(f, "text_id", "texts"),
        refers(f, "case_id", "cases"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistance_findings")),
        sa.UniqueConstraint(
            "assistance_id", "number", name=op.f("uq_assistance_findings_assistance_id")
        ),
        sa.UniqueConstraint("case_id", name=op.f("uq_assistance_findings_case_id")),
    )
    for table in (t, "assistance_cases", a, f):
        fence(table)


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
