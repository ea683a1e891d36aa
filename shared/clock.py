"""The two clocks, and the one source of chance: everything else is handed its time and its ids.

Business time dates commands and events; real time is for sessions, signatures, lag and spans. One
anchor (real instant, business instant, speed) lies in the data folder and is shared by all
processes, so that the demo runs in February 2020 and production today (interfaces: time).
"""

import json
import secrets
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha1
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NAMESPACE = uuid.UUID("6f9c1f5e-7d53-5a0e-9b0e-3d5a2d0c2f10")


def real_now() -> datetime:
    """Return the real instant, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Business time: `business` at the real instant `real`, passing `speed` seconds a second."""

    real: datetime
    business: datetime
    speed: float = 1.0

    def now(self) -> datetime:
        """Return the business instant, in UTC."""
        return self.business + (real_now() - self.real) * self.speed

    def today(self) -> date:
        """Return the business date in Vietnam."""
        return local_date(self.now())


def live_clock() -> Clock:
    """Return the clock whose business time is real time."""
    now = real_now()
    return Clock(real=now, business=now)


def clock_at(day: date, *, hour: int = 8) -> Clock:
    """Return a clock that starts now at the hour (Vietnam) of the day."""
    business = datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).astimezone(UTC)
    return Clock(real=real_now(), business=business)


def load_clock(path: Path) -> Clock:
    """Read the anchor; without one business time is real time."""
    if not path.exists():
        return live_clock()
    anchor = json.loads(path.read_text())
    return Clock(
        real=datetime.fromisoformat(anchor["real"]),
        business=datetime.fromisoformat(anchor["business"]),
        speed=float(anchor["speed"]),
    )


def save_clock(path: Path, clock: Clock) -> None:
    """Write the anchor for all processes."""
    anchor = {"real": clock.real.isoformat(), "business": clock.business.isoformat(), "speed": clock.speed}
    path.write_text(json.dumps(anchor))


def local_date(instant: datetime) -> date:
    """Return the date of the instant in Vietnam."""
    return instant.astimezone(ZONE).date()


def new_id() -> str:
    """Return a lower-case UUIDv7 (RFC 9562): sortable by the real millisecond."""
    millis = time.time_ns() // 1_000_000
    value = (millis << 80) | (0x7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62) | secrets.randbits(62)
    return str(uuid.UUID(int=value))


def derived_id(*parts: object) -> str:
    """Return the UUIDv5 of the parts (RFC 9562): the same parts give the same id.

    As `uuid.uuid5` does, without an object in between: every event that is appended needs one.
    """
    named = "\x1f".join(map(str, parts)).encode()
    octets = bytearray(sha1(NAMESPACE.bytes + named, usedforsecurity=False).digest()[:16])
    octets[6] = octets[6] & 0x0F | 0x50
    octets[8] = octets[8] & 0x3F | 0x80
    text = octets.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
