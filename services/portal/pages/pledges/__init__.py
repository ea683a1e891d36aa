"""Giao ước thi đua: what the members of a group pledge, who has signed, and what was reached of it."""

from services.portal.pages.pledges import acting
from services.portal.pages.pledges.showing import router, unit_pledge

__all__ = ["acting", "router", "unit_pledge"]
