"""Independent folds of the log, one a service, each without any of that service's code."""

from collections.abc import Callable, Iterable, Mapping

from services.cli.recount import nominations, notifications, plans, scoring
from services.cli.recount.levels import Event, Rows

RECOUNTS: Mapping[str, Callable[[Iterable[Event]], Rows]] = {
    "plans": plans.recount,
    "nominations": nominations.recount,
    "scoring": scoring.recount,
    "notifications": notifications.recount,
}

__all__ = ["RECOUNTS", "Rows"]
