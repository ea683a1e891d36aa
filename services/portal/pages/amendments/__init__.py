"""An issued plan amended, its versions, and the end of its year."""

from services.portal.pages.amendments.closing import router as closing
from services.portal.pages.amendments.deciding import router as deciding
from services.portal.pages.amendments.differences import Difference
from services.portal.pages.amendments.form import router as form
from services.portal.pages.amendments.versions import router as versions

ROUTERS = (form, deciding, versions, closing)

__all__ = ["ROUTERS", "Difference"]
