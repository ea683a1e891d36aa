"""Tập huấn: the trainings of a year with who came, one training, and what is done with it."""

from services.portal.pages.training.acting import router as acting
from services.portal.pages.training.scheduling import router as scheduling
from services.portal.pages.training.showing import router as showing

# The fixed address (…/moi) comes before those with a training in its place.
ROUTERS = (scheduling, showing, acting)

__all__ = ["ROUTERS"]
