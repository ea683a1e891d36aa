"""Office files, read and written (vi: tệp văn phòng): `package` opens them safely, each kind has its own module."""
