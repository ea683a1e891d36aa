"""Kế hoạch của đơn vị: which units have one, one plan with its tasks, making it, and what is done with it."""

from services.portal.pages.unit_plans.actions import router as actions
from services.portal.pages.unit_plans.boards import router as boards
from services.portal.pages.unit_plans.drafting import router as drafting

# What is done with a plan has a fixed word in the last place of its address, and comes before any word.
ROUTERS = (boards, drafting, actions)

__all__ = ["ROUTERS"]
