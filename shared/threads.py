"""How soon a thread that computes lets another one go on.

Only one thread of Python runs at a time, and the driver of SQLite lets go before each row that it reads or writes.
Behind a loop that is busy it waits for its turn again at every row, Python's 5 ms each time unless told: fifty people
at work waited a third longer for everything.
"""

import sys

_TURN_S = 0.0005


def hand_over_soon() -> None:
    """Let a thread that waits for its turn have it after half a millisecond."""
    sys.setswitchinterval(_TURN_S)
