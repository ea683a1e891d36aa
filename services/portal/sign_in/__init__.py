"""Getting in: password, second step, single sign-on, one-time links; and one's own means of getting in."""

from fastapi import APIRouter

from services.portal.sign_in import links, own, password, second_step, single_sign_on
from services.portal.sign_in.onward import local_path

router = APIRouter(include_in_schema=False)
for part in (password, second_step, single_sign_on, links, own):
    router.include_router(part.router)

__all__ = ["local_path", "router"]
