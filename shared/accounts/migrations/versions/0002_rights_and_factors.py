"""Grants with ids of their own, delegations, one-time codes, links, identities, service keys, the audit trail."""

import sqlalchemy as sa
from alembic import op

from shared.clock import derived_id

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what is new; give every grant an id, and the system as its giver."""
    op.add_column("account", sa.Column("last_sign_in_at", INSTANT))
    _identify_grants()
    op.add_column("session", sa.Column("via", sa.String(20), nullable=False, server_default="password"))
    op.add_column("session", sa.Column("has_second_factor", sa.Boolean, nullable=False, server_default=sa.false()))
    _create_tables()
    _keep_audit_trail()


def _identify_grants() -> None:
    texts = [sa.column(name, sa.String) for name in ("account_id", "role", "district", "unit")]
    dates = [sa.column(name, sa.Date) for name in ("valid_from", "valid_to")]
    old = sa.table("account_grant", sa.column("number", sa.Integer), *texts, *dates)
    rows = [dict(row) for row in op.get_bind().execute(sa.select(old)).mappings()]
    op.drop_table("account_grant")
    new = op.create_table(
        "account_grant",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("account_id", sa.String(80), sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("district", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(80)),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
        sa.Column("given_at", INSTANT),
        sa.Column("given_by", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("withdrawn_at", INSTANT),
        sa.Column("withdrawn_by", sa.String(80)),
    )
    for number, row in enumerate(sorted(rows, key=lambda row: (row["account_id"], row["number"]))):
        # The ids sort as the grants stood.
        identity = f"{number:08d}{derived_id('grant', row['account_id'], row.pop('number'))[8:]}"
        op.bulk_insert(new, [{**row, "id": identity, "given_by": "system", "reason": ""}])


def _create_tables() -> None:
    op.create_table(
        "delegation",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("grant_id", sa.String(36), sa.ForeignKey("account_grant.id"), nullable=False, index=True),
        sa.Column("delegate_id", sa.String(80), sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date, nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("begun_by", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_by", sa.String(80)),
    )
    op.create_table(
        "totp",
        sa.Column("account_id", sa.String(80), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("sealed_secret", sa.String(200), nullable=False),
        sa.Column("enrolled_at", INSTANT),
        sa.Column("last_step", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "recovery_code",
        sa.Column("account_id", sa.String(80), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("code_hash", sa.String(64), primary_key=True),
        sa.Column("used_at", INSTANT),
    )
    op.create_table(
        "link",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("account_id", sa.String(80), sa.ForeignKey("account.id"), index=True),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("issued_by", sa.String(80), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
    )
    op.create_table(
        "identity",
        sa.Column("issuer", sa.String(300), primary_key=True),
        sa.Column("subject", sa.String(300), primary_key=True),
        sa.Column("account_id", sa.String(80), sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("bound_at", INSTANT, nullable=False),
        sa.Column("bound_by", sa.String(80), nullable=False),
    )
    op.create_table(
        "service_key",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("prefix", sa.String(20), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("issued_by", sa.String(80), nullable=False),
        sa.Column("last_used_at", INSTANT),
        sa.Column("last_used_ip", sa.String(64)),
        sa.Column("revoked_at", INSTANT),
        sa.Column("revoked_by", sa.String(80)),
    )
    op.create_table(
        "service_key_grant",
        sa.Column("key_id", sa.String(36), sa.ForeignKey("service_key.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("district", sa.String(40), nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("done_by", sa.String(80), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("account_id", sa.String(80), index=True),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
    )


def _keep_audit_trail() -> None:
    """Let the database itself refuse to change or delete what was recorded."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE EXCEPTION 'the audit trail is never changed'; END$$"
        )
        op.execute(
            "CREATE TRIGGER keep_audit BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION keep_audit()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER keep_audit_{change.lower()} BEFORE {change} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail is never changed'); END"
        )
