"""What may be asked of a plan because of those who come after a unit, or after the whole district."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverTasks:
    """Give the open work of a unit that ends to its successor: parts of tasks, rows of the draft (vi: bàn giao việc).

    What is due while the unit still exists stays with it as long as it does.
    """

    district: str
    plan_id: str
    unit_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDraft:
    """Say to whom the draft goes when the district ends; by the policy (vi: chuyển dự thảo)."""

    district: str
    plan_id: str
    at: datetime


SuccessionCommand: TypeAlias = HandOverTasks | TransferDraft
