"""What differs between the embedded default and production, read from `TDKT_*` variables."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


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
        default="", description="SQLAlchemy URL; empty: one SQLite file per service in the data folder"
    )
    otlp_endpoint: str = Field(default="", description="OTLP/HTTP collector; empty: JSON lines in the data folder")
    replicas: int = Field(default=1, description="replicas of each stream: 1, or 3 in production")
    disk_reserve_mb: int = Field(
        default=256, description="free space below which the supervisor stops taking commands, MiB"
    )
    stream_max_mb: int = Field(default=4096, description="budget of each event stream, MiB")
    secure_cookies: bool = Field(default=False, description="set when the portal is reached over HTTPS")

    @property
    def clock_path(self) -> Path:
        """Return the file of the clock's anchor."""
        return self.data_dir / "clock.json"

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
        """Return the database address of a service."""
        if self.database_url:
            return self.database_url
        return f"sqlite+aiosqlite:///{self.data_dir / 'sql' / f'{service}.db'}"
