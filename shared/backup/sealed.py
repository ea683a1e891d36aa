"""A file that only opens with the passphrase: for keys, credentials and accounts.

One line of JSON that says how, then the ciphertext. Key: Argon2id over the passphrase in NFC (RFC 9106,
second recommended setting), AES-256-GCM, the line as associated data.
"""

import json
import os
import unicodedata
from base64 import b64decode, b64encode

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import Fault

PASSPHRASE_LENGTH_MIN = 12
_FORMAT = "tdkt-sealed-1"
_TIME, _MEMORY_KIB, _LANES = 3, 64 * 1024, 4
_MEMORY_KIB_MAX, _TIME_MAX, _LANES_MAX = 1024 * 1024, 100, 64  # a forged line shall not eat the machine
_SALT_BYTES, _NONCE_BYTES, _KEY_BYTES = 16, 12, 32


def seal(content: bytes, passphrase: str) -> bytes:
    """Return the file. Raises Fault `backup.passphrase_short`."""
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise Fault("backup.passphrase_short", f"the passphrase needs {PASSPHRASE_LENGTH_MIN} characters")
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    how = {
        "format": _FORMAT,
        "time": _TIME,
        "memory_kib": _MEMORY_KIB,
        "lanes": _LANES,
        "salt": b64encode(salt).decode(),
        "nonce": b64encode(nonce).decode(),
    }
    line = json.dumps(how).encode() + b"\n"
    key = _key(passphrase, salt, _TIME, _MEMORY_KIB, _LANES)
    return line + AESGCM(key).encrypt(nonce, content, line)


def unseal(file: bytes, passphrase: str) -> bytes:
    """Return the content. Raises Fault `backup.passphrase_wrong` or, for what is no such file, `backup.damaged`."""
    line, _, ciphertext = file.partition(b"\n")
    try:
        how = json.loads(line)
        salt, nonce = b64decode(how["salt"], validate=True), b64decode(how["nonce"], validate=True)
        cost = int(how["time"]), int(how["memory_kib"]), int(how["lanes"])
        is_ours = how["format"] == _FORMAT and len(nonce) == _NONCE_BYTES
    except (ValueError, KeyError, TypeError) as error:
        raise Fault("backup.damaged", "no sealed file of ours") from error
    time, memory_kib, lanes = cost
    if not is_ours or not (
        0 < time <= _TIME_MAX and 8 * lanes <= memory_kib <= _MEMORY_KIB_MAX and 0 < lanes <= _LANES_MAX
    ):
        raise Fault("backup.damaged", "no sealed file of ours")
    try:
        return AESGCM(_key(passphrase, salt, *cost)).decrypt(nonce, ciphertext, line + b"\n")
    except InvalidTag as error:
        raise Fault(
            "backup.passphrase_wrong", "the passphrase does not open the file, or the file was changed"
        ) from error


def _key(passphrase: str, salt: bytes, time: int, memory_kib: int, lanes: int) -> bytes:
    return hash_secret_raw(
        secret=unicodedata.normalize("NFC", passphrase).encode(),
        salt=salt,
        time_cost=time,
        memory_cost=memory_kib,
        parallelism=lanes,
        hash_len=_KEY_BYTES,
        type=Type.ID,
    )
