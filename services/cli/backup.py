"""`tdkt backup`: take, try and put back a backup of the whole system (docs/adr/0016)."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.output import DATA, DataOption, Format, FormatOption, show_json, show_value, usage
from shared.errors import Json

if TYPE_CHECKING:
    from shared.backup.create import Progress
    from shared.backup.restore import Domain, Restored
    from shared.eventstore import Message

app = typer.Typer(help="Sao lưu, kiểm tra và khôi phục toàn bộ hệ thống.", no_args_is_help=True)

BackupArgument = Annotated[Path, typer.Argument(metavar="BACKUP", help="Thư mục của một bản sao lưu.")]
KeysOption = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        help="Tệp khoá dữ liệu cá nhân, hoặc thư mục của chúng (lấy tệp mới nhất); mặc định: person-keys cạnh bản này.",
    ),
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file", envvar="TDKT_BACKUP_PASSPHRASE_FILE", help="Tệp chứa cụm mật khẩu; không có thì hỏi."
    ),
]
_PARTS = {"hashes": "Đối chiếu mã băm", "archive": "Bản lưu trữ", "accounts": "Tài khoản"}


@app.command()
def create(
    to: Annotated[Path, typer.Option("--to", envvar="TDKT_BACKUP_DIR", help="Thư mục chứa các bản sao lưu.")] = Path(
        "backups"
    ),
    keys_to: Annotated[
        Path | None,
        typer.Option(
            "--keys-to", help="Thư mục của khoá dữ liệu cá nhân; mặc định: person-keys trong thư mục sao lưu."
        ),
    ] = None,
    passphrase_file: PassphraseOption = None,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Sao lưu hệ thống đang chạy, không dừng dịch vụ; khoá dữ liệu cá nhân để riêng, chỉ giữ hai tệp mới nhất."""
    import asyncio

    import nats.errors

    from services.cli.running import client_settings
    from services.topology import TOPOLOGY
    from shared.backup.create import Taken, create_backup
    from shared.backup.keys import FOLDER
    from shared.errors import Fault
    from shared.topology import BACKUP, connect, disconnect

    settings = client_settings(data)
    passphrase = _passphrase(passphrase_file, is_new=True)

    async def run(progress: "Progress") -> Taken:
        if not settings.seed_path(BACKUP).exists():
            raise Fault("bus.unreachable", f"no keys of the user {BACKUP} in {settings.data_dir}: tdkt up")
        try:
            client = await connect(settings, BACKUP)
        except (nats.errors.Error, OSError) as error:
            raise Fault("bus.unreachable", f"NATS at {settings.nats_url}: {error or type(error).__name__}") from error
        try:
            return await create_backup(
                client,
                settings,
                TOPOLOGY,
                to=to.absolute(),
                keys_to=(keys_to or to / FOLDER).absolute(),
                passphrase=passphrase,
                progress=progress,
            )
        finally:
            await disconnect(client)

    with _progress() as progress:
        taken = asyncio.run(run(progress))
    told: dict[str, Json] = {
        "backup": str(taken.folder),
        "mb": round(sum(part.size for part in taken.manifest.parts) / 2**20, 2),
        "events": {copy.stream: copy.messages for copy in taken.manifest.streams},
        "person_keys": taken.manifest.keys.name,
        "dropped_keys": list(taken.dropped_keys),
    }
    _tell(told, output)


@app.command()
def verify(
    backup: BackupArgument,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Thử một bản sao lưu: mã băm, chuỗi băm của bản lưu trữ, các phần niêm phong, và khôi phục thử vào thư mục tạm."""
    import asyncio

    from services.topology import TOPOLOGY
    from shared.backup.restore import verify_backup

    passphrase = _passphrase(passphrase_file)
    with _progress() as progress:
        work = verify_backup(
            backup, TOPOLOGY, _domain(), keys=_keys(backup, keys), passphrase=passphrase, progress=progress
        )
        restored = asyncio.run(work)
    _tell({"backup": str(backup), **_facts(restored)}, output)
    if output is Format.TABLE:
        typer.echo("Khôi phục được." if not restored.lost else "Khôi phục được, nhưng thiếu khoá dữ liệu cá nhân.")
    if restored.lost:
        raise typer.Exit(1)


@app.command()
def restore(
    backup: BackupArgument,
    data: Annotated[Path, typer.Option("--data", envvar="TDKT_DATA_DIR", help="Thư mục dữ liệu sẽ tạo; phải trống.")],
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    lost: Annotated[
        bool,
        typer.Option(
            "--lost-keys-as-erased", help="Chấp nhận mất khoá của một số người: coi như đã xoá dữ liệu của họ."
        ),
    ] = False,
    output: FormatOption = Format.TABLE,
) -> None:
    """Khôi phục vào một thư mục trống, khi hệ thống không chạy; sau đó: tdkt up, tdkt verify."""
    import asyncio

    from services.topology import TOPOLOGY
    from shared.backup.restore import restore_backup
    from shared.settings import Settings

    passphrase = _passphrase(passphrase_file)
    with _progress() as progress:
        work = restore_backup(
            backup,
            Settings(data_dir=data.absolute()),
            TOPOLOGY,
            _domain(),
            keys=_keys(backup, keys),
            passphrase=passphrase,
            progress=progress,
            lost_allowed=lost,
        )
        restored = asyncio.run(work)
    _tell({"data": str(data), **_facts(restored)}, output)
    if output is Format.TABLE:
        for person in sorted(restored.forgotten):
            typer.echo(f"Đã xoá sau bản sao lưu, hãy ghi lại việc xoá vào sổ: {person}")
        typer.echo(f"Đã khôi phục vào {data}. Việc tiếp theo: tdkt up --data {data}, rồi tdkt verify.")


def _domain() -> "Domain":
    from shared.backup.restore import Domain

    return Domain(erased_by=_erased_by, files_of=files_of)


def _erased_by(message: "Message") -> Iterator[str]:
    if message.headers.get("ce-type", "").startswith("nominations.PersonErased."):
        yield json.loads(message.body)["person_id"]


def files_of(message: "Message") -> Iterator[str]:
    """Yield the SHA-256 of each file that the event names."""
    for one in json.loads(message.body).get("attachments", ()):
        yield one["sha256"]


def _keys(backup: Path, keys: Path | None) -> Path:
    from shared.backup.keys import FOLDER

    return keys or backup.absolute().parent / FOLDER


def _passphrase(file: Path | None, *, is_new: bool = False) -> str:
    """Return the passphrase of the file, or ask for it; a usage error where there is nobody to ask."""
    import sys

    if file is not None:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            usage(f"Không đọc được {file}: {error}")
    if not sys.stdin.isatty():
        usage("Cần --passphrase-file: cụm mật khẩu niêm phong khoá và tài khoản.")
    return str(typer.prompt("Cụm mật khẩu", hide_input=True, confirmation_prompt=is_new))


@contextmanager
def _progress() -> Iterator["Progress"]:
    """Show how far the work is, on the terminal only."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(part: str, done: int, total: int) -> None:
            if part not in tasks:
                tasks[part] = bars.add_task(_PARTS.get(part, part))
            # Copies are packed, so their bytes may stay below the total; the next part says that one has ended.
            bars.update(tasks[part], completed=done, total=max(total, done) or None)

        yield tell
        for task in tasks.values():
            bars.update(task, total=1, completed=1)


def _facts(restored: "Restored") -> dict[str, Json]:
    return {
        "version": restored.manifest.version,
        "created_at": restored.manifest.created_at.isoformat(),
        "events": dict(restored.events),
        "files": restored.files,
        "person_keys": restored.keys,
        "erased": len(restored.erased),
        "erased_since": [*sorted(restored.forgotten)],
        "lost_keys": [*sorted(restored.lost)],
    }


_HEADINGS = {
    "backup": "Bản sao lưu",
    "data": "Thư mục dữ liệu",
    "mb": "Dung lượng (MiB)",
    "version": "Phiên bản",
    "created_at": "Thời điểm sao lưu",
    "events": "Sự kiện",
    "files": "Tệp đính kèm",
    "person_keys": "Khoá dữ liệu cá nhân",
    "dropped_keys": "Tệp khoá cũ đã huỷ",
    "erased": "Người đã xoá dữ liệu",
    "erased_since": "Xoá sau bản sao lưu",
    "lost_keys": "Mất khoá",
}


def _tell(facts: dict[str, Json], output: Format) -> None:
    if output is Format.JSON:
        show_json(facts)
        return
    read: Callable[[Json], Json] = lambda value: (  # noqa: E731 - one look at one value
        ", ".join(f"{name} {count}" for name, count in value.items()) if isinstance(value, dict) else value
    )
    show_value({_HEADINGS[name]: read(value) for name, value in facts.items()})
