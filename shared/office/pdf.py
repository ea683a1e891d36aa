"""An office file as PDF, by the LibreOffice of this machine where there is one."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from shared.errors import Rejected

CONVERSION_S_MAX = 90


def to_pdf(content: bytes, *, suffix: str = ".docx") -> bytes:
    """Return the PDF of an office file; pages are as LibreOffice breaks them, fonts those of this machine.

    Raises Rejected `pdf.unavailable` where LibreOffice is not installed, `.failed` where it makes no PDF in 90 s.
    """
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise Rejected("pdf.unavailable")
    with tempfile.TemporaryDirectory(prefix="tdkt-pdf-") as folder:
        source = Path(folder) / f"document{suffix}"
        source.write_bytes(content)
        # A profile of its own: two conversions at once would share one and the second would do nothing.
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        arguments = [program, profile, "--headless", "--norestore", "--convert-to", "pdf", "--outdir", folder]
        process = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
            [*arguments, str(source)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(CONVERSION_S_MAX)
        except subprocess.TimeoutExpired as error:
            raise Rejected("pdf.failed") from error
        finally:
            # The program starts another one, which would outlive it.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        made = source.with_suffix(".pdf")
        if not made.exists():
            raise Rejected("pdf.failed")
        return made.read_bytes()
