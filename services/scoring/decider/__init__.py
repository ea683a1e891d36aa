"""The rules of scoring: one decider an aggregate."""

from services.scoring.decider.criteria import CRITERIA, CriteriaFacts
from services.scoring.decider.sheet import SHEET, SheetFacts

__all__ = ["CRITERIA", "SHEET", "CriteriaFacts", "SheetFacts"]
