"""Files of dossiers in real processes: sealed in the store, open to whom the dossier is open, gone with the person."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.nominations.commands import ErasePerson
from services.nominations.events import EVENTS, ErasureGround, NominationSubmitted, SealedField, SubjectKind
from services.nominations.views import ShowDossier
from shared.attachments import FileStore, StoredFile, download, upload
from shared.attachments.channel import REQUESTS, ReadPart
from shared.attachments.store import CHUNK_BYTES
from shared.errors import Fault, Rejected
from shared.eventstore import last_message, read_batch
from shared.seal import KeyVault
from shared.types import Actor, Role, Sealed
from tests.kernel.test_attachments import PDF, pdf_of
from tests.nominations.histories import (
    CLERK,
    DESK,
    DISTRICT,
    FAR_CLERK,
    FAR_DESK,
    OTHER_CLERK,
    RESUBMIT,
    RETURN,
    WITHDRAW,
    actor,
)
from tests.nominations.test_processes import ADMIN, AUDITOR, CITY_BOARD, MEMBER, Desk, fresh, office
from tests.support.database import dump

FILE_NAME = "Sơ yếu lý lịch Nguyễn Thị Lan.pdf"
CONTENT = pdf_of(2 * CHUNK_BYTES + 100, seed=60)
TEAM: dict[str, Any] = {
    "subject_kind": SubjectKind.COLLECTIVE,
    "name": "Tổ Ngân sách",
    "title": "TTLDTT",
    "birth_year": None,
    "position": None,
}


async def put_up(desk: Desk, content: bytes = CONTENT, by: Actor = CLERK, name: str = FILE_NAME) -> StoredFile:
    """Upload the file as the portal does."""
    return await upload(desk.bus, "nominations", name, content, by)


async def read(desk: Desk, file: StoredFile, by: Actor) -> bytes:
    """Return the file as the actor gets it."""
    found = await download(desk.bus, "nominations", file.attachment.sha256, by)
    assert found.attachment.size == file.attachment.size and found.attachment.name == file.attachment.name
    return b"".join([part async for part in found.parts])


async def refusal(desk: Desk, file: StoredFile, by: Actor) -> str:
    """Return the code with which the actor is refused the file."""
    with pytest.raises(Rejected) as refused:
        await download(desk.bus, "nominations", file.attachment.sha256, by)
    return refused.value.code


async def test_who_reads_a_dossier_reads_its_files_and_nobody_else_does(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        file = await put_up(desk)
        assert (file.attachment.name, file.attachment.size) == (FILE_NAME, len(CONTENT))
        assert await refusal(desk, file, CLERK) == "attachment.not_found"  # no dossier names it yet
        submit = fresh(attachments=(file.handle,))
        assert (await desk.send(submit, CLERK)).ok
        show = ShowDossier(district=DISTRICT, dossier_id=submit.dossier_id)
        shown = await desk.ask(show, CLERK)
        told = {
            "sha256": file.attachment.sha256,
            "name": FILE_NAME,
            "size": len(CONTENT),
            "media_type": "application/pdf",
        }
        assert shown["dossier"]["attachments"] == [told]

        for by in (CLERK, DESK, CITY_BOARD, AUDITOR, actor(Role.DISTRICT_CHAIR)):
            assert await read(desk, file, by) == CONTENT
        for by in (OTHER_CLERK, FAR_CLERK, FAR_DESK, MEMBER, ADMIN):
            assert await refusal(desk, file, by) == "attachment.not_found"
        # A part opens as the one that it is, and as no other.
        for index in (1, 2, 2**62):
            asked = REQUESTS.encode(ReadPart(sha256=file.attachment.sha256, index=index))
            assert (await desk.bus.file("nominations.file.read-part", asked, CLERK)).fault == "seal.unreadable"
        notes = [json.loads(line) for line in desk.system.log("nominations").splitlines() if "ReadPart" in line]
        readers = {note["actor"] for note in notes if note["persons"] == [shown["dossier"]["person_id"]]}
        assert readers == {by.account_id for by in (CLERK, DESK, CITY_BOARD, AUDITOR, actor(Role.DISTRICT_CHAIR))}

        assert (await desk.send(replace(WITHDRAW, dossier_id=submit.dossier_id), CLERK)).ok
        await desk.ask(show, CLERK)
        assert await read(desk, file, DESK) == CONTENT


async def test_nobody_attaches_what_another_uploaded_or_what_the_key_does_not_open(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        mine, other = await put_up(desk), await put_up(desk, PDF)
        sha256, _, key = mine.handle.partition(".")
        foreign = other.handle.partition(".")[2]
        assert (await desk.send(fresh(attachments=(mine.handle,)), DESK)).rejected == "attachment.not_uploaded"
        for handle in (sha256, f"{sha256}.{foreign}", f"{sha256}.", f"{sha256}.x", f"{'0' * 64}.{key}", "", ">", "a.b"):
            refused = await desk.send(fresh(attachments=(handle,)), CLERK)
            assert refused.rejected == "attachment.not_uploaded", handle
        many = await desk.send(fresh(attachments=(mine.handle,) * 6), CLERK)
        assert (many.rejected, many.detail) == ("attachment.too_many", {"limit": 5})
        assert (await desk.send(fresh(attachments=(mine.handle, mine.handle)), CLERK)).ok


async def test_a_dossier_submitted_again_keeps_the_files_it_names_by_hash(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        kept, dropped = await put_up(desk), await put_up(desk, PDF + b"1")
        of_another = await put_up(desk, PDF + b"2")
        submit = fresh(attachments=(kept.handle, dropped.handle))
        on: dict[str, Any] = {"dossier_id": submit.dossier_id}
        show = ShowDossier(district=DISTRICT, dossier_id=submit.dossier_id)
        assert (await desk.send(submit, CLERK)).ok
        assert (await desk.send(fresh(title="CSTDCS", attachments=(of_another.handle,)), CLERK)).ok
        assert (await desk.send(replace(RETURN, **on), DESK)).ok
        await desk.ask(show, CLERK)

        foreign = replace(RESUBMIT, **on, attachments=(of_another.attachment.sha256,))
        assert (await desk.send(foreign, CLERK)).rejected == "attachment.not_uploaded"
        # Home affairs corrects on the unit's behalf: what the dossier has needs no upload of its own.
        new = await put_up(desk, PDF + b"3", DESK, "Biên bản.pdf")
        again = replace(RESUBMIT, **on, attachments=(kept.attachment.sha256, new.handle))
        assert (await desk.send(again, DESK)).ok

        shown = await desk.ask(show, CLERK)
        assert [one["name"] for one in shown["dossier"]["attachments"]] == [FILE_NAME, "Biên bản.pdf"]
        for file, content in ((kept, CONTENT), (new, PDF + b"3"), (dropped, PDF + b"1")):
            assert await read(desk, file, CLERK) == content


async def test_a_correction_that_tells_no_files_keeps_those_of_the_dossier(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        file = await put_up(desk)
        submit = fresh(attachments=(file.handle,))
        on: dict[str, Any] = {"dossier_id": submit.dossier_id}
        show = ShowDossier(district=DISTRICT, dossier_id=submit.dossier_id)
        assert (await desk.send(submit, CLERK)).ok
        assert (await desk.send(replace(RETURN, **on), DESK)).ok
        await desk.ask(show, CLERK)
        assert (await desk.send(replace(RESUBMIT, **on), CLERK)).ok
        assert [one["name"] for one in (await desk.ask(show, CLERK))["dossier"]["attachments"]] == [FILE_NAME]

        assert (await desk.send(replace(RETURN, **on), DESK)).ok
        await desk.ask(show, CLERK)
        assert (await desk.send(replace(RESUBMIT, **on, attachments=()), CLERK)).ok
        assert (await desk.ask(show, CLERK))["dossier"]["attachments"] == []


async def test_a_command_sent_again_is_the_same_one_when_its_upload_is_long_gone(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        file = await put_up(desk)
        submit = fresh(attachments=(file.handle,))
        first = await desk.send(submit, CLERK, command_id="once")
        await desk.ask(ShowDossier(district=DISTRICT, dossier_id=submit.dossier_id), CLERK)
        admin = await desk.system.bus.connect("admin")
        entry, _ = FileStore(admin, "nominations").subjects(file.attachment.sha256, CLERK.account_id)
        await admin.request("$JS.API.STREAM.PURGE.OBJ_nominations", json.dumps({"filter": entry}).encode(), timeout=5)
        await admin.close()
        assert (await desk.send(fresh(attachments=(file.handle,)), CLERK)).rejected == "attachment.not_uploaded"
        assert (await desk.send(submit, CLERK, command_id="once")).ok == first.ok


async def test_erasing_the_person_makes_the_file_unreadable_wherever_it_lies(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        file, of_team = await put_up(desk), await put_up(desk, PDF, name="Thành tích tổ.pdf")
        submit = fresh(attachments=(file.handle,))
        assert (await desk.send(submit, CLERK)).ok
        team = fresh(**TEAM, attachments=(of_team.handle,))
        assert (await desk.send(team, CLERK)).ok
        show = ShowDossier(district=DISTRICT, dossier_id=submit.dossier_id)
        person_id = (await desk.ask(show, CLERK))["dossier"]["person_id"]
        assert await read(desk, file, CLERK) == CONTENT
        event, stored = await _held(desk, file, submit.dossier_id)
        sealed = event.attachments[0].key
        assert isinstance(sealed, Sealed) and file.key is not None
        vault = KeyVault(desk.system.settings.keys_url)
        assert await vault.unseal(SealedField.FILE_KEY, sealed) == file.key.text
        rows = dump(desk.system.settings, "nominations")
        assert FILE_NAME not in rows and file.key.text not in rows and "Thành tích tổ.pdf" in rows

        erase = ErasePerson(person_id=person_id, ground=ErasureGround.REQUEST, at=submit.at)
        assert (await desk.send(erase, ADMIN)).ok
        (told,) = (await desk.ask(show, AUDITOR))["dossier"]["attachments"]
        assert told["sha256"] == file.attachment.sha256 and told["name"] is None
        for by in (CLERK, DESK, AUDITOR):
            assert await refusal(desk, file, by) == "attachment.not_found"
        # Whoever holds the store, the log and the keys there are holds nothing that opens it.
        assert await vault.unseal(SealedField.FILE_KEY, sealed) is None
        assert CONTENT[1000:1020] not in b"".join(stored)
        # The uploader's handle would: it was never kept, only given out.
        assert b"".join(file.opened(part, index) for index, part in enumerate(stored)) == CONTENT
        with pytest.raises(Fault):
            of_team.opened(stored[0], 0)
        assert await read(desk, of_team, CLERK) == PDF
        await vault.close()


async def _held(desk: Desk, file: StoredFile, dossier_id: str) -> tuple[NominationSubmitted, list[bytes]]:
    """Return the event that names the file, and the bytes that are stored."""
    client = await desk.system.bus.connect("nominations")
    try:
        message = await last_message(client, "NOMINATIONS", f"nominations.evt.{DISTRICT}.dossier.{dossier_id}")
        assert message is not None
        event = EVENTS.decode(message.headers["ce-type"], message.body)
        assert isinstance(event, NominationSubmitted)
        store = FileStore(client, "nominations")
        _, bytes_at = store.subjects(file.attachment.sha256, CLERK.account_id)
        return event, [one.body async for one in read_batch(client, store.stream, bytes_at)]
    finally:
        await client.close()
