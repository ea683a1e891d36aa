"""A profile by sampling: where the main thread is, looked at every few milliseconds of processor time.

Tracing profilers charge every call and so blame small functions; samples cost next to nothing and say where
the time goes. What runs in C (the parser of JSON, the driver of a database) counts for the function that called it.
"""

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

_EVERY_S = 0.004
_SHOWN = 40
_DEPTH_MAX = 60


@dataclass(slots=True)
class Profile:
    """How often each function was seen: itself, and anywhere on the stack."""

    samples: int = 0
    own: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)

    def text(self, title: str) -> str:
        """Return the functions that were seen most often, with their shares in percent."""
        lines = [
            f"{title}: {self.samples} samples, one every {1000 * _EVERY_S:.0f} ms of processor time, all threads",
            "",
            "  self %  total %  function",
        ]
        for name, count in self.own.most_common(_SHOWN):
            lines.append(f"{self._share(count):8.1f} {self._share(self.total[name]):8.1f}  {name}")
        lines += ["", "  total %  function"]
        for name, count in self.total.most_common(_SHOWN):
            lines.append(f"{self._share(count):9.1f}  {name}")
        return "\n".join([*lines, ""])

    def _share(self, count: int) -> float:
        return 100 * count / max(1, self.samples)


@contextmanager
def sampled() -> Iterator[Profile]:
    """Sample the main thread while the block runs."""
    profile = Profile()

    def look(_: int, frame: FrameType | None) -> None:
        profile.samples += 1
        seen: set[str] = set()
        depth = 0
        while frame is not None and depth < _DEPTH_MAX:
            name = _named(frame)
            if not depth:
                profile.own[name] += 1
            seen.add(name)
            frame, depth = frame.f_back, depth + 1
        profile.total.update(seen)

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)
    try:
        yield profile
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _named(frame: FrameType) -> str:
    code = frame.f_code
    path = Path(code.co_filename)
    parts = path.parts
    for root in ("site-packages", "benchmarks", "services", "shared"):
        if root in parts:
            at = parts.index(root)
            parts = parts[at + 1 :] if root == "site-packages" else parts[at:]
            break
    else:
        parts = parts[-2:]
    return f"{'/'.join(parts)}:{code.co_qualname if hasattr(code, 'co_qualname') else code.co_name}"
