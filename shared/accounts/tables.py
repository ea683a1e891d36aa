"""The tables of the account store, as the newest migration leaves them."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An instant in UTC; SQLite drops the zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant with its zone."""
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC)


METADATA = MetaData()
account = Table(
    "account",
    METADATA,
    Column("id", String(80), primary_key=True),
    Column("login", String(80), nullable=False, unique=True),
    Column("full_name", String(200), nullable=False),
    Column("password_hash", String(200), nullable=False),  # empty: none yet, or only by single sign-on
    Column("must_change", Boolean, nullable=False),
    Column("disabled_at", Instant),
    Column("failed_count", Integer, nullable=False, default=0),
    Column("locked_until", Instant),
    Column("last_sign_in_at", Instant),
)
# A grant is never deleted: who asks why something was allowed asks afterwards.
account_grant = Table(
    "account_grant",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(80), ForeignKey("account.id"), nullable=False, index=True),
    Column("role", String(40), nullable=False),
    Column("district", String(40), nullable=False),
    Column("unit", String(80)),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("given_at", Instant),
    Column("given_by", String(80), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", String(80)),
)
delegation = Table(
    "delegation",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("grant_id", String(36), ForeignKey("account_grant.id"), nullable=False, index=True),
    Column("delegate_id", String(80), ForeignKey("account.id"), nullable=False, index=True),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("begun_by", String(80), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", String(80)),
)
session = Table(
    "session",
    METADATA,
    Column("id_hash", String(64), primary_key=True),
    Column("account_id", String(80), ForeignKey("account.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ip", String(64), nullable=False),
    Column("user_agent", String(300), nullable=False),
    Column("via", String(20), nullable=False),
    Column("has_second_factor", Boolean, nullable=False),
)
totp = Table(
    "totp",
    METADATA,
    Column("account_id", String(80), ForeignKey("account.id"), primary_key=True),
    Column("sealed_secret", String(200), nullable=False),
    Column("enrolled_at", Instant),
    Column("last_step", BigInteger, nullable=False),  # a code of this step of 30 s, or of an earlier one, is spent
)
recovery_code = Table(
    "recovery_code",
    METADATA,
    Column("account_id", String(80), ForeignKey("account.id"), primary_key=True),
    Column("code_hash", String(64), primary_key=True),
    Column("used_at", Instant),
)
link = Table(
    "link",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column("purpose", String(20), nullable=False),
    Column("account_id", String(80), ForeignKey("account.id"), index=True),
    Column("issued_at", Instant, nullable=False),
    Column("issued_by", String(80), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)
identity = Table(
    "identity",
    METADATA,
    Column("issuer", String(300), primary_key=True),
    Column("subject", String(300), primary_key=True),
    Column("account_id", String(80), ForeignKey("account.id"), nullable=False, index=True),
    Column("bound_at", Instant, nullable=False),
    Column("bound_by", String(80), nullable=False),
)
service_key = Table(
    "service_key",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("prefix", String(20), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("issued_at", Instant, nullable=False),
    Column("issued_by", String(80), nullable=False),
    Column("last_used_at", Instant),
    Column("last_used_ip", String(64)),
    Column("revoked_at", Instant),
    Column("revoked_by", String(80)),
)
service_key_grant = Table(
    "service_key_grant",
    METADATA,
    Column("key_id", String(36), ForeignKey("service_key.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("role", String(40), nullable=False),
    Column("district", String(40), nullable=False),
)
calendar_feed = Table(
    "calendar_feed",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("account_id", String(80), ForeignKey("account.id"), nullable=False, index=True),
    Column("district", String(40), nullable=False),
    Column("unit", String(80), nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
)
# Triggers refuse to change or delete what stands here.
audit = Table(
    "audit",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("done_by", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    Column("account_id", String(80), index=True),
    Column("detail", Text, nullable=False),
    Column("reason", String(500), nullable=False),
)
