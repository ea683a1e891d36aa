"""Đợt thi đua: the list of a year, one campaign with its units and dossiers, and what is done with it."""

from services.portal.pages.campaigns.acting import router as acting
from services.portal.pages.campaigns.drafting import router as drafting
from services.portal.pages.campaigns.showing import router as showing

# The fixed address (…/moi) comes before those with a campaign in its place.
ROUTERS = (drafting, showing, acting)

__all__ = ["ROUTERS"]
