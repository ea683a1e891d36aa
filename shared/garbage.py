"""How often Python looks for garbage that refers to itself.

Rows, events and messages refer to nothing behind them, so they go as soon as nobody holds them; the collector
visits them by the hundred thousand for nothing. That was a sixth of a rebuild.
"""

import gc

_NEW_OBJECTS = 50_000
_YOUNG_ROUNDS = 10
_OLD_ROUNDS = 10


def collect_seldom() -> None:
    """Leave what has been loaded so far alone for good, and look at what comes far less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _YOUNG_ROUNDS, _OLD_ROUNDS)
