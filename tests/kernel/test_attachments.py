"""What may be attached, and how it is kept: on a real server, with the rights of the service that owns it."""

import asyncio
import hashlib
import io
import json
import random
import struct
import zipfile
import zlib
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from nats.aio.client import Client

from shared.attachments import FileKey, FileStore, StoredFile, Uploads
from shared.attachments import store as store_module
from shared.attachments.kinds import clean_name, examine
from shared.attachments.sealing import TAG_BYTES
from shared.attachments.store import CHUNK_BYTES, split
from shared.attachments.uploads import AT_ONCE_MAX, IDLE_S, OF_ACCOUNT_MAX
from shared.errors import Fault, Rejected
from shared.eventstore import Message, read_batch
from shared.topology import ADMIN, MESSAGE_BYTES_MAX, disconnect
from tests.support.nats import running_nats

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
SIZE_MAX = 10 * 1024 * 1024
NAME = "Lý lịch bà Nguyễn Thị Lan.pdf"
BORDERS = [b"\x07" * (parts * CHUNK_BYTES + more) for parts in (1, 2) for more in (-1, 0, 1)]


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


def png() -> bytes:
    """Return a picture of one point."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    point = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", point) + chunk(b"IEND", b"")


def office(main_type: str, *more: tuple[str, bytes]) -> bytes:
    """Return a zip with a table of contents that names the main part."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types><Override ContentType="{main_type}"/></Types>')
        for name, content in more:
            archive.writestr(name, content)
    return file.getvalue()


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def pdf_of(size: int, seed: int = 1) -> bytes:
    """Return a PDF of the size whose bytes do not repeat."""
    return PDF + random.Random(seed).randbytes(size - len(PDF))


# What may be attached


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("bc.pdf", PDF, "application/pdf"),
        ("BC.PDF", PDF, "application/pdf"),
        ("anh.jpeg", JPEG, "image/jpeg"),
        ("anh.png", png(), "image/png"),
        ("bc.docx", office(WORD), WORD.removesuffix(".main+xml")),
        ("bang.xlsx", office(EXCEL), EXCEL.removesuffix(".main+xml")),
    ],
)
def test_documents_tables_and_pictures_are_told_by_their_content(name: str, content: bytes, media_type: str) -> None:
    assert examine(name, content) == (name, media_type)


def test_documents_of_other_programs_are_known_as_such(tmp_path: Path) -> None:
    import docx
    import openpyxl

    docx.Document().save(str(tmp_path / "a.docx"))
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    assert examine("a.docx", (tmp_path / "a.docx").read_bytes())[1].endswith("wordprocessingml.document")
    assert examine("a.xlsx", (tmp_path / "a.xlsx").read_bytes())[1].endswith("spreadsheetml.sheet")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"MZ\x90\x00" + b"\x00" * 300),
        ("a.pdf", b"\x7fELF\x02\x01\x01" + b"\x00" * 300),
        ("a.pdf", b"#!/bin/sh\nrm -rf /\n"),
        ("a.pdf", b"<!doctype html><script>alert(1)</script>"),
        ("a.png", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("a.jpg", b"GIF89a" + b"\x00" * 100),
        ("a.docx", office(WORD, ("word/vbaProject.bin", b"x"))),
        ("a.docx", office(WORD.replace("document.main", "document.macroEnabled.main"))),
        ("a.docx", office("application/vnd.ms-word.document.macroEnabled.main+xml")),
        ("a.docx", office(WORD, ("word/setup.exe", b"MZ"))),
        ("a.docx", office("application/java-archive")),
        ("a.xlsx", office(WORD + EXCEL)),
        ("a.docx", b"PK\x03\x04" + b"\x00" * 200),
        ("a.docx", office(WORD)[:-30]),
        ("a.docx", office(WORD, ("word/document.xml", b"\x00" * (201 * 1024 * 1024)))),
        ("a.txt", "chữ thường".encode()),
        ("a.pdf", b"\x00"),
    ],
)
def test_nothing_that_runs_hides_or_explodes_is_taken(name: str, content: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        examine(name, content)
    assert refused.value.code == "attachment.kind_refused"


@pytest.mark.parametrize("name", ["a.exe", "a.docx", "a.pdf.html", "a", ""])
def test_a_name_that_claims_another_kind_is_refused(name: str) -> None:
    with pytest.raises(Rejected) as refused:
        examine(name, PDF)
    assert refused.value.code == "attachment.name_differs"


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("C:\\Users\\Lan\\Báo cáo.pdf", "Báo cáo.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("Ba\u0301o ca\u0301o.pdf", "Báo cáo.pdf"),
        ("bao\u202efdp.exe.pdf", "baofdp.exe.pdf"),
        ('a"b\r\nc: d.pdf', "abc d.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("  .pdf ", "pdf"),
        ("", "tep"),
    ],
)
def test_a_name_keeps_its_words_and_nothing_that_misleads(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


# The store


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    with running_nats(tmp_path_factory.mktemp("files")) as running:
        yield running


@pytest.fixture
async def client(bus) -> AsyncIterator[Client]:  # type: ignore[no-untyped-def]
    connection = await bus.connect("plans")
    yield connection
    await connection.close()


@pytest.fixture
async def owner(bus) -> AsyncIterator[Client]:  # type: ignore[no-untyped-def]
    """Return a connection of the service that seals its files."""
    connection = await bus.connect("nominations")
    yield connection
    await connection.close()


async def may_all(bus) -> Client:  # type: ignore[no-untyped-def]
    """Return a connection of a user that may do everything, as a client of NATS that is none of ours needs it."""
    text = bus.config_path.read_text()
    text = text.replace('publish: { allow: ["$JS.API.STREAM.CREATE', 'publish: { allow: [">", "$JS.API.STREAM.CREATE')
    bus.config_path.write_text(text)
    bus.stop()
    bus.start()
    connection: Client = await bus.connect(ADMIN)
    return connection


async def test_a_file_is_kept_whole_and_comes_back_in_parts(client: Client) -> None:
    store, content = FileStore(client, "plans"), pdf_of(3 * CHUNK_BYTES + 17)
    kept = await store.put(split(content), "bc.pdf", "application/pdf", "an")

    parts, after = [], 0
    while (part := await store.part(kept.attachment.sha256, after)) is not None:
        parts.append(part.body)
        after = part.seq

    assert b"".join(parts) == content and len(parts) == 4
    assert kept.attachment.sha256 == hashlib.sha256(content).hexdigest() and kept.attachment.size == len(content)
    assert await store.is_whole(kept.attachment.sha256)
    assert await store.claimed(kept.handle, "an") == kept


async def test_any_client_of_nats_reads_what_we_keep(bus, client: Client) -> None:  # type: ignore[no-untyped-def]
    content = pdf_of(2 * CHUNK_BYTES, seed=2)
    kept = await FileStore(client, "plans").put(split(content), "báo cáo.pdf", "application/pdf", "an")
    connection = await may_all(bus)
    try:
        bucket = await connection.jetstream().object_store("plans")
        found = await bucket.get(f"{kept.attachment.sha256}/an")
        assert found.data == content
    finally:
        await connection.close()


async def test_the_same_bytes_are_kept_once_and_each_account_claims_its_own(client: Client) -> None:
    store, content = FileStore(client, "plans"), pdf_of(CHUNK_BYTES + 5, seed=3)
    kept = await store.put(split(content), "a.pdf", "application/pdf", "an")
    await store.put(split(content), "b.pdf", "application/pdf", "binh")
    await store.put(split(content), "a2.pdf", "application/pdf", "an")

    parts, after = 0, 0
    while (part := await store.part(kept.attachment.sha256, after)) is not None:
        parts, after = parts + 1, part.seq
    assert parts == 2
    assert (await store.claimed(kept.handle, "an")).attachment.name == "a2.pdf"
    assert (await store.claimed(kept.handle, "binh")).attachment.name == "b.pdf"


async def test_two_who_store_the_same_bytes_at_once_store_them_once(client: Client) -> None:
    store, content = FileStore(client, "plans"), pdf_of(4 * CHUNK_BYTES, seed=4)
    kept = await asyncio.gather(*(store.put(split(content), "a.pdf", "application/pdf", f"acc{n}") for n in range(8)))
    assert await store.is_whole(kept[0].attachment.sha256)
    for number in range(8):
        assert (await store.claimed(kept[0].handle, f"acc{number}")).attachment.size == len(content)


async def test_knowing_a_hash_is_not_enough_to_name_the_file(client: Client) -> None:
    store = FileStore(client, "plans")
    kept = await store.put(split(pdf_of(500, seed=5)), "a.pdf", "application/pdf", "an")
    for sha256, account in (
        (kept.attachment.sha256, "binh"),
        ("0" * 64, "an"),
        ("../x", "an"),
        ("*", "an"),
        (">", "an"),
    ):
        with pytest.raises(Rejected) as refused:
            await store.claimed(sha256, account)
        assert refused.value.code == "attachment.not_uploaded"


async def test_what_was_uploaded_too_long_ago_cannot_be_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(client, "plans")
    kept = await store.put(split(pdf_of(500, seed=6)), "a.pdf", "application/pdf", "an")
    monkeypatch.setattr(store_module, "CLAIM_KEPT", timedelta(seconds=-1))
    with pytest.raises(Rejected):
        await store.claimed(kept.attachment.sha256, "an")


async def test_a_full_store_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    with running_nats(tmp_path, stream_max_mb=2) as small:
        connection = await small.connect("plans")
        store = FileStore(connection, "plans")
        first = await store.put(split(pdf_of(1_500_000, seed=7)), "a.pdf", "application/pdf", "an")
        with pytest.raises(Rejected) as refused:
            await store.put(split(pdf_of(1_500_000, seed=8)), "b.pdf", "application/pdf", "an")
        assert refused.value.code == "attachment.store_full"
        assert await store.is_whole(first.attachment.sha256)
        await connection.close()


@pytest.mark.parametrize("after_s", [0.005, 0.02, 0.05])
async def test_a_kill_in_the_middle_leaves_no_half_file(tmp_path: Path, after_s: float) -> None:
    content = pdf_of(6_000_000, seed=9)
    with running_nats(tmp_path) as bus:
        connection = await bus.connect("plans")
        storing = asyncio.create_task(
            FileStore(connection, "plans").put(split(content), "a.pdf", "application/pdf", "an")
        )
        await asyncio.sleep(after_s)
        bus.kill()
        storing.cancel()
        await disconnect(connection)
        bus.start()
        connection = await bus.connect("plans")
        store = FileStore(connection, "plans")
        sha256 = hashlib.sha256(content).hexdigest()
        assert await store.part(sha256, 0) is None or await store.is_whole(sha256)
        kept = await store.put(split(content), "a.pdf", "application/pdf", "an")
        assert await store.is_whole(kept.attachment.sha256)
        await connection.close()


# Uploads


class Clock:
    """A clock that the test moves."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def send(uploads: Uploads, content: bytes, account: str = "an", name: str = "a.pdf", sha256: str = "") -> object:
    """Upload the content part by part; return what the last part was answered with."""
    upload_id = uploads.begin(account, name, len(content), sha256 or hashlib.sha256(content).hexdigest())
    answer: object = None
    for start in range(0, len(content), CHUNK_BYTES):
        answer = await uploads.add(upload_id, account, content[start : start + CHUNK_BYTES])
    return answer


async def refusal(uploads: Uploads, content: bytes, **more: str) -> str:
    """Return the code with which the upload is refused."""
    with pytest.raises(Rejected) as refused:
        await send(uploads, content, **more)
    return refused.value.code


async def test_what_is_empty_too_large_of_another_hash_or_kind_never_gets_into_the_store(client: Client) -> None:
    store = FileStore(client, "plans")
    uploads = Uploads(store, size_max=300_000)
    assert await refusal(uploads, b"") == "attachment.empty"
    assert await refusal(uploads, pdf_of(300_001)) == "attachment.too_large"
    assert await refusal(uploads, pdf_of(1000), sha256="no hash") == "attachment.malformed"
    assert await refusal(uploads, pdf_of(1000), sha256="0" * 64) == "attachment.malformed"
    script = b"#!/bin/sh\n" * 100
    assert await refusal(uploads, script) == "attachment.kind_refused"
    assert await store.part(hashlib.sha256(script).hexdigest(), 0) is None
    assert await refusal(uploads, PDF, name="a.exe") == "attachment.name_differs"


async def test_a_part_of_the_wrong_length_or_from_somebody_else_is_refused(client: Client) -> None:
    uploads = Uploads(FileStore(client, "plans"), size_max=SIZE_MAX)
    content = pdf_of(CHUNK_BYTES + 10)
    upload_id = uploads.begin("an", "a.pdf", len(content), hashlib.sha256(content).hexdigest())
    with pytest.raises(Rejected, match="unknown_upload"):
        await uploads.add(upload_id, "binh", content[:CHUNK_BYTES])
    with pytest.raises(Rejected, match="malformed"):
        await uploads.add(upload_id, "an", content[:100])
    with pytest.raises(Rejected, match="unknown_upload"):
        await uploads.add(upload_id, "an", content[:CHUNK_BYTES])


async def test_only_so_many_are_under_way_and_what_stays_away_is_forgotten(client: Client) -> None:
    clock = Clock()
    uploads = Uploads(FileStore(client, "plans"), size_max=SIZE_MAX, now_s=clock)
    for _ in range(OF_ACCOUNT_MAX):
        uploads.begin("an", "a.pdf", 10, "0" * 64)
    with pytest.raises(Rejected, match="busy"):
        uploads.begin("an", "a.pdf", 10, "0" * 64)
    for number in range(AT_ONCE_MAX - OF_ACCOUNT_MAX):
        uploads.begin(f"acc{number}", "a.pdf", 10, "0" * 64)
    with pytest.raises(Rejected, match="busy"):
        uploads.begin("other", "a.pdf", 10, "0" * 64)
    clock.now_s = IDLE_S + 1
    kept = await send(uploads, pdf_of(2000, seed=11))
    assert isinstance(kept, StoredFile) and kept.attachment.size == 2000


async def test_what_is_on_its_way_into_a_slow_store_counts_as_under_way(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, released = FileStore(client, "plans"), asyncio.Event()
    put = store.put

    async def slow_put(*args: Any) -> StoredFile:
        await released.wait()
        return await put(*args)

    monkeypatch.setattr(store, "put", slow_put)
    uploads = Uploads(store, size_max=300_000)
    storing = [asyncio.create_task(send(uploads, pdf_of(1000, seed=70 + one))) for one in range(OF_ACCOUNT_MAX)]
    await asyncio.sleep(0.05)
    assert await refusal(uploads, pdf_of(1000, seed=80)) == "attachment.busy"
    released.set()
    await asyncio.gather(*storing)
    assert isinstance(await send(uploads, pdf_of(1000, seed=80)), StoredFile)


@pytest.mark.parametrize("packed", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_zip_whose_packed_data_are_damaged_is_refused_however_it_is_packed(packed: int) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", packed) as archive:
        archive.writestr("[Content_Types].xml", "<Types>wordprocessingml.document.main+xml</Types>" * 50)
    content = bytearray(whole.getvalue())
    start = 30 + len("[Content_Types].xml")
    content[start : start + 20] = b"\xff" * 20
    with pytest.raises(Rejected) as refused:
        examine("a.docx", bytes(content))
    assert refused.value.code == "attachment.kind_refused"


# Files about persons


def broken_open(key: FileKey, sealed: list[bytes]) -> None:
    """Expect that the parts do not open as a whole file."""
    with pytest.raises(Fault) as raised:
        open_all(key, sealed)
    assert raised.value.code == "seal.unreadable"


def open_all(key: FileKey, sealed: list[bytes]) -> bytes:
    """Return what the parts hold, opened in their order."""
    return b"".join(key.open(part, index, is_last=index == len(sealed) - 1) for index, part in enumerate(sealed))


@given(st.one_of(st.binary(max_size=40), st.sampled_from(BORDERS)))
@hypothesis_settings(deadline=None)
def test_a_sealed_file_opens_as_what_it_was_and_says_nothing_but_its_size(content: bytes) -> None:
    key = FileKey.new()
    parts = split(content) or [content]
    sealed = key.seal(parts)
    assert open_all(key, sealed) == content
    assert [len(part) for part in sealed] == [len(part) + TAG_BYTES for part in parts]
    assert max(map(len, sealed)) < MESSAGE_BYTES_MAX
    assert len(content) < 8 or content not in b"".join(sealed)


@given(st.lists(st.binary(max_size=5), min_size=2, max_size=5), st.data())
@hypothesis_settings(deadline=None)
def test_parts_that_are_swapped_left_out_cut_off_or_changed_do_not_open(
    parts: list[bytes], data: st.DataObject
) -> None:
    key = FileKey.new()
    sealed = key.seal(parts)
    one, other = sorted(data.draw(st.permutations(range(len(parts))))[:2])
    swapped = list(sealed)
    swapped[one], swapped[other] = sealed[other], sealed[one]
    changed = list(sealed)
    changed[one] = bytes([sealed[one][0] ^ 1]) + sealed[one][1:]
    for broken in (swapped, changed, sealed[:one] + sealed[one + 1 :], sealed[:-1], [*sealed, sealed[-1]]):
        broken_open(key, broken)


def test_a_part_of_another_file_does_not_open() -> None:
    mine, other = FileKey.new(), FileKey.new()
    content = split(pdf_of(2 * CHUNK_BYTES, seed=12))
    sealed, foreign = mine.seal(content), other.seal(content)
    broken_open(mine, [sealed[0], foreign[1]])
    broken_open(other, sealed)


def test_a_name_does_not_open_as_a_part_nor_under_another_key() -> None:
    key = FileKey.new()
    name = key.seal_name("Đơn của bà Lan.pdf")
    assert key.open_name(name) == "Đơn của bà Lan.pdf" and "Lan" not in name
    for index, is_last in ((0, True), (0, False)):
        with pytest.raises(Fault):
            key.open(urlsafe_b64decode(name), index, is_last=is_last)
    with pytest.raises(Fault):
        FileKey.new().open_name(name)
    for malformed in ("", "x", "ư", name[:-1]):
        with pytest.raises(Fault):
            key.open_name(malformed)


def test_a_key_is_read_back_from_its_text_and_stands_in_no_log() -> None:
    key = FileKey.new()
    assert FileKey.parse(key.text) == key and len(key.text) == 43
    assert key.text not in repr(key) and repr(key.secret) not in repr(key)


@pytest.mark.parametrize(
    "text", ["", "A", "A" * 42, "A" * 44, "A" * 42 + "B", "A" * 42 + "=", "A" * 42 + "+", " " + "A" * 43, "ư" * 43]
)
def test_a_malformed_key_is_refused(text: str) -> None:
    with pytest.raises(Fault) as raised:
        FileKey.parse(text)
    assert raised.value.code == "seal.unreadable"


async def sealed_file(client: Client, content: bytes, name: str = NAME) -> StoredFile:
    """Return the file as a service that seals its files has it after the upload."""
    kept = await send(Uploads(FileStore(client, "nominations"), size_max=SIZE_MAX, seals=True), content, name=name)
    assert isinstance(kept, StoredFile)
    return kept


async def test_the_store_holds_neither_the_bytes_nor_the_name_of_a_sealed_file(owner: Client) -> None:
    content = pdf_of(2 * CHUNK_BYTES + 17, seed=13)
    kept = await sealed_file(owner, content)

    assert kept.attachment.name == NAME and kept.attachment.size == len(content)
    assert kept.key is not None and kept.handle == f"{kept.attachment.sha256}.{kept.key.text}"
    messages = [one async for one in read_batch(owner, "OBJ_nominations") if kept.attachment.sha256 in told(one)]
    stored = [one.body for one in messages if one.subject.startswith("$O.nominations.C.")]
    assert open_all(kept.key, stored) == content
    assert hashlib.sha256(b"".join(stored)).hexdigest() == kept.attachment.sha256
    said = b"".join(one.body for one in messages)
    for secret in (PDF[:20], content[5000:5020], NAME.encode(), b"Lan", kept.key.text.encode(), kept.key.secret):
        assert secret not in said
    entry = json.loads(messages[-1].body)
    assert entry["size"] == sum(map(len, stored)) and entry["chunks"] == len(stored) == 3
    assert (entry["metadata"]["file_name"], entry["metadata"]["size"]) == ("tep.pdf", str(len(content)))


def told(message: Message) -> str:
    """Return where a message lies and, of an entry, what it says."""
    return message.subject + (message.body.decode() if ".M." in message.subject else "")


async def test_any_client_of_nats_reads_the_sealed_bytes(bus, owner: Client) -> None:  # type: ignore[no-untyped-def]
    kept = await sealed_file(owner, pdf_of(CHUNK_BYTES + 1, seed=14))
    connection = await may_all(bus)
    try:
        bucket = await connection.jetstream().object_store("nominations")
        found = await bucket.get(f"{kept.attachment.sha256}/an")
        assert found.data is not None and hashlib.sha256(found.data).hexdigest() == kept.attachment.sha256
    finally:
        await connection.close()


async def test_a_sealed_file_is_named_by_who_uploaded_it_with_its_own_key_only(owner: Client) -> None:
    store = FileStore(owner, "nominations")
    kept, other = await sealed_file(owner, pdf_of(500, seed=15)), await sealed_file(owner, pdf_of(500, seed=15))
    sha256 = kept.attachment.sha256
    assert await store.claimed(kept.handle, "an") == kept
    # The same content twice is two files, and nobody tells from the store that they are the same.
    assert other.attachment.sha256 != sha256 and other.key is not None
    wrong = (sha256, f"{sha256}.", f"{sha256}.{other.key.text}", f"{sha256}.x", f"{kept.handle}.x", f"{kept.handle}A")
    for handle, account in ((kept.handle, "binh"), *((one, "an") for one in wrong)):
        with pytest.raises(Rejected) as refused:
            await store.claimed(handle, account)
        assert refused.value.code == "attachment.not_uploaded"
        assert kept.key is not None and kept.key.text not in json.dumps(dict(refused.value.detail))


async def test_a_file_that_is_not_sealed_is_named_without_a_key(client: Client) -> None:
    store = FileStore(client, "plans")
    kept = await store.put(split(pdf_of(500, seed=16)), "a.pdf", "application/pdf", "an")
    with pytest.raises(Rejected, match="not_uploaded"):
        await store.claimed(f"{kept.handle}.{FileKey.new().text}", "an")
