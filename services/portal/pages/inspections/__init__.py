"""Kiểm tra: the inspections of a year and what is overdue of them, one inspection, and what is done with it."""

from services.portal.pages.inspections.acting import router as acting
from services.portal.pages.inspections.recommendations import router as recommendations
from services.portal.pages.inspections.scheduling import router as scheduling
from services.portal.pages.inspections.showing import router as showing

# The fixed address (…/moi) comes before those with an inspection in its place.
ROUTERS = (scheduling, showing, acting, recommendations)

__all__ = ["ROUTERS"]
