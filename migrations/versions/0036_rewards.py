"""Rewards of cases, and the vouchers by which the treasury pays them."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"


def allow(table: str, column: str, name: str, *more: str) -> None:
    """Let the column hold further values; those that were allowed stay so.

    Written out here for the reason that 0008 gives.
    """
    asked = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    said = op.get_bind().scalar(asked, {"name": name}) or ""
    listed = ", ".join(f"'{kind}'" for kind in [*re.findall(r"'(\w+)'::", said), *more])
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({listed}))")


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def column(name: str, kind: object, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=nullable)  # type: ignore[arg-type]


def moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return column(name, sa.DateTime(timezone=True), nullable=nullable)


def refers(table: str, name: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_{table}_{name}"))


def must(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    allow(
        "events",
        "kind",
        "ck_events_eventkind",
        *("reward_proposed", "reward_approved", "reward_ended", "reward_denied"),
        *("reward_claimed", "reward_lapsed", "reward_paid", "voucher_reused"),
    )
    allow("preset_versions", "kind", "ck_preset_versions_presetkind", "rewards")
    table = "vouchers"
    op.create_table(
        table,
        column("id", sa.Uuid(), nullable=False),
        column("number", sa.Text(), nullable=False),
        column("place", sa.BigInteger(), nullable=False),
        column("amount", sa.Integer(), nullable=False),
        column(
            "state",
            one_of("voucherstate", "offered", "claimed", "paid", "lapsed"),
            nullable=False,
        ),
        column("decided_month", sa.Date(), nullable=False),
        column("claimed_month", sa.Date()),
        column("lapsed_month", sa.Date()),
        column("code_hash", sa.LargeBinary()),
        moment("paid_at"),
        column("paid_on", sa.Date()),
        column("paid_by", sa.Uuid()),
        column("method", one_of("paymethod", "cash", "transfer")),
        column("receipt_text_id", sa.Uuid()),
        must(table, "worth_something", "amount > 0"),
        must(table, "claimed_by_code", "(claimed_month IS NULL) = (code_hash IS NULL)"),
        must(table, "claimed_first", "paid_at IS NULL OR claimed_month IS NOT NULL"),
        must(table, "claimed_or_lapsed", "lapsed_month IS NULL OR claimed_month IS NULL"),
        must(
            table,
            "paid_whole",
            "(paid_at IS NULL) = (paid_by IS NULL) AND (paid_at IS NULL) = (method IS NULL)"
            " AND (paid_at IS NULL) = (paid_on IS NULL)"
            " AND (paid_at IS NULL) = (receipt_text_id IS NULL)",
        ),
        refers(table, "receipt_text_id", "texts"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{table}_number")),
        sa.UniqueConstraint("place", name=op.f(f"uq_{table}_place")),
        sa.UniqueConstraint("code_hash", name=op.f(f"uq_{table}_code_hash")),
    )
    op.create_index(f"ix_{table}_state_place", table, ["state", "place"])
    table = "rewards"
    op.create_table(
        table,
        column("id", sa.Uuid(), nullable=False),
        column("case_id", sa.Uuid(), nullable=False),
        column("report_id", sa.Uuid(), nullable=False),
        column("among", postgresql.ARRAY(sa.Uuid()), nullable=False),
        column("rules_version", sa.Integer(), nullable=False),
        column("rule", sa.Text()),
        column("fine_fen", sa.BigInteger()),
        column("accident", sa.Text()),
        column("persons", sa.Integer()),
        column("set_sum", sa.Integer()),
        column("employee", sa.Boolean(), nullable=False),
        column("amount", sa.Integer()),
        column("reason_text_id", sa.Uuid()),
        moment("proposed_at", nullable=False),
        column("proposed_by", sa.Uuid(), nullable=False),
        moment("approved_at"),
        column("approved_by", sa.Uuid()),
        column("approved_as", sa.Text()),
        moment("confirmed_at"),
        column("confirmed_by", sa.Uuid()),
        column("claim_until", sa.Date()),
        column("voucher_id", sa.Uuid()),
        moment("claimed_at"),
        moment("lapsed_at"),
        moment("ended_at"),
        column("ended", one_of("rewardend", "withdrawn", "declined", "denied")),
        column("ended_by", sa.Uuid()),
        column("end_text_id", sa.Uuid()),
        column("why_not", sa.Text()),
        must(table, "ended_how", "(ended_at IS NULL) = (ended IS NULL)"),
        must(table, "denied", "(ended IS NOT DISTINCT FROM 'denied') = (rule IS NULL)"),
        must(
            table,
            "three_people",
            "approved_by <> proposed_by AND confirmed_by <> proposed_by"
            " AND confirmed_by <> approved_by",
        ),
        must(
            table,
            "offered_whole",
            "(confirmed_at IS NULL) = (voucher_id IS NULL)"
            " AND (confirmed_at IS NULL) = (claim_until IS NULL)",
        ),
        must(table, "claimed_or_lapsed", "claimed_at IS NULL OR lapsed_at IS NULL"),
        refers(table, "case_id", "cases"),
        refers(table, "report_id", "reports"),
        refers(table, "voucher_id", "vouchers"),
        refers(table, "reason_text_id", "texts"),
        refers(table, "end_text_id", "texts"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("voucher_id", name=op.f(f"uq_{table}_voucher_id")),
    )
    op.create_index(op.f(f"ix_{table}_case_id"), table, ["case_id"])
    op.create_index(op.f(f"ix_{table}_report_id"), table, ["report_id"])
    op.create_index(
        f"uq_{table}_one_of_a_case",
        table,
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        f"ix_{table}_waiting",
        table,
        ["claim_until", "id"],
        postgresql_where=sa.text(
            "confirmed_at IS NOT NULL AND claimed_at IS NULL AND lapsed_at IS NULL"
        ),
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
