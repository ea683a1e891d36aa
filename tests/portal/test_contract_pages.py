"""The contract for other systems, shown without an account and without the network."""

import httpx2
import pytest
from jsonschema import Draft202012Validator
from playwright.async_api import async_playwright, expect

from tests.portal.test_browser import ARGUMENTS, CHROMIUM
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("the contract is a file")


async def test_the_viewers_show_the_contract_and_ask_nobody_else(system: RunningServices) -> None:
    url = system.url("portal")
    asked: list[str] = []
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        tab = await browser.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        await tab.goto(f"{url}/docs")
        await expect(tab.get_by_role("link", name="plans.TaskCompleted.v1").first).to_be_visible()
        await tab.get_by_role("link", name="Sự kiện, lệnh và câu hỏi trên NATS").click()
        await expect(tab.get_by_text("public.{district}.plans.task-completed").first).to_be_visible(timeout=90_000)
        await expect(tab.get_by_text("plans.cmd.complete-task-part").first).to_be_attached()
        await tab.goto(f"{url}/docs/api")
        await tab.get_by_role("link", name="plans", exact=True).click(timeout=90_000)
        await expect(tab.get_by_text("/commands/complete-task-part").first).to_be_attached()
        await browser.close()
    assert [address for address in asked if not address.startswith((url, "data:", "blob:"))] == []
    assert complaints == []


async def test_each_type_and_version_has_its_schema_under_its_own_address(system: RunningServices) -> None:
    with httpx2.Client(base_url=system.url("portal")) as client:
        schema = client.get("/docs/schemas/facts/plans.TaskCompleted.v1.json").json()
        assert schema["$id"] == "/docs/schemas/facts/plans.TaskCompleted.v1.json"
        Draft202012Validator.check_schema(schema)
        assert client.get("/docs/schemas/facts/plans.TaskCompleted.v9.json").status_code == 404
        assert client.get("/docs/assets/..%2f..%2fapp.py").status_code == 404
        assert client.get("/docs/events.json").json()["asyncapi"] == "3.0.0"
