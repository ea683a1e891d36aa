"""What differs between the embedded default and production, read from `TDKT_*` variables."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import Fault
from shared.types import Role


class Settings(BaseSettings):
    """Settings of one process; the supervisor hands them to its children."""

    model_config = SettingsConfigDict(env_prefix="TDKT_", extra="ignore")

    process: str = Field(default="cli", description="name of this process: plans, portal, archive, cli …")
    data_dir: Path = Field(default=Path("data"), description="folder of keys, databases, logs and the embedded log")
    nats_url: str = Field(default="nats://127.0.0.1:4222", description="address(es) of NATS, comma separated")
    nats_monitor_urls: str = Field(
        default="http://127.0.0.1:8222", description="monitoring address of every NATS node, comma separated"
    )
    http_host: str = Field(default="127.0.0.1", description="address that health, metrics and the portal listen on")
    http_port: int = Field(default=0, description="port of this process; 0 picks a free one")
    database_url: str = Field(
        default="",
        repr=False,
        description="PostgreSQL, a schema per service: postgresql://user:password@host/name; "
        "empty: one SQLite file per service in the data folder",
    )
    person_keys_url: str = Field(
        default="",
        repr=False,
        description="PostgreSQL of the keys of persons, schema `persons`, where they are kept and backed up apart; "
        "empty: where the services have theirs",
    )
    otlp_endpoint: str = Field(default="", description="OTLP/HTTP collector; empty: JSON lines in the data folder")
    replicas: int = Field(default=1, description="replicas of each stream: 1, or 3 in production")
    disk_reserve_mb: int = Field(
        default=256, description="free space below which the supervisor stops taking commands, MiB"
    )
    stream_max_mb: int = Field(default=4096, description="budget of each event stream, MiB")
    attachment_max_mb: int = Field(default=10, description="largest file that may be attached, MiB")
    secure_cookies: bool = Field(default=False, description="set when the portal is reached over HTTPS")
    base_url: str = Field(default="", description="address at which people reach the portal; empty: as they ask for it")
    template_dir: str = Field(
        default="", description="folder of the office's own document templates; empty: templates in the data folder"
    )
    oidc_issuer: str = Field(default="", description="provider of identities for single sign-on; empty: none")
    oidc_client_id: str = Field(default="", description="name of this system at the provider of identities")
    oidc_client_secret: str = Field(default="", repr=False, description="secret at the provider of identities")
    oidc_client_secret_file: Path | None = Field(
        default=None, description="file that holds the secret at the provider of identities"
    )
    oidc_match: Literal["none", "email", "login"] = Field(
        default="none",
        description="what binds an unknown person at the provider to an account: none (an administrator does), "
        "a verified email that is the login, or the provider's login",
    )
    totp_roles: str = Field(
        default="", description="roles that must use one-time codes, comma separated; recommended: admin,operator"
    )
    oidc_label: str = Field(default="Đăng nhập một lần", description="words on the button of single sign-on")

    @field_validator("totp_roles")
    @classmethod
    def _are_roles(cls, roles: str) -> str:
        for role in _words(roles):
            Role(role)
        return roles

    @field_validator("database_url", "person_keys_url")
    @classmethod
    def _is_postgresql(cls, url: str, info: ValidationInfo) -> str:
        # A fault, not an error of the field: pydantic would show the address, and the password in it.
        if url and not url.startswith(("postgresql://", "postgresql+psycopg://")):
            raise Fault("settings.database_url", f"TDKT_{str(info.field_name).upper()} is no postgresql:// address")
        return url

    @property
    def clock_path(self) -> Path:
        """Return the file of the clock's anchor."""
        return self.data_dir / "clock.json"

    @property
    def templates_path(self) -> Path:
        """Return the folder of the office's own document templates."""
        return Path(self.template_dir) if self.template_dir else self.data_dir / "templates"

    @property
    def run_path(self) -> Path:
        """Return the file in which the supervisor says what runs where."""
        return self.data_dir / "run.json"

    @property
    def intake_closed_path(self) -> Path:
        """Return the file whose presence stops the intake of commands."""
        return self.data_dir / "intake.closed"

    def seed_path(self, user: str) -> Path:
        """Return the file of a NATS user's nkey seed."""
        return self.data_dir / "nkeys" / f"{user}.seed"

    def sql_url(self, service: str) -> str:
        """Return the database address of a service; on PostgreSQL one for all, each has a schema of its own."""
        if self.database_url:
            return self.database_url
        return f"sqlite+aiosqlite:///{self.data_dir / 'sql' / f'{service}.db'}"

    @property
    def accounts_key_path(self) -> Path:
        """Return the file of the key that seals one-time codes; every portal needs the same one."""
        return self.data_dir / "accounts.key"

    @property
    def roles_with_totp(self) -> frozenset[Role]:
        """Return the roles that must use one-time codes."""
        return frozenset(Role(role) for role in _words(self.totp_roles))

    @property
    def keys_url(self) -> str:
        """Return the database address of the keys of persons."""
        if self.person_keys_url or self.database_url:
            return self.person_keys_url or self.database_url
        return f"sqlite+aiosqlite:///{self.data_dir / 'persons.db'}"


def _words(text: str) -> Sequence[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
