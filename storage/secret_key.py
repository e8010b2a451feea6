"""The key that signs tokens and links, where the settings give none: made once, kept under MEDIA_ROOT."""

import os
import secrets
from pathlib import Path
from typing import Final

from storage.errors import StorageUnavailable
from storage.files import sync_folder

__all__ = ["secret_key"]

NAME: Final = "secret_key"
LEAST_CHARACTERS: Final = 32


def secret_key(media_root: Path) -> str:
    """The key in MEDIA_ROOT/secret_key, mode 0600, made where it is missing: 43 characters, 256 random bits. Restarts
    and further processes on the same folder get the same one; of several that start at once, one makes it.

    Raises StorageUnavailable where the file cannot be used, or others than its owner may read it.
    """
    media_root.mkdir(parents=True, exist_ok=True)
    path = media_root / NAME
    if not path.exists():
        _make(path)
    try:
        with path.open() as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise StorageUnavailable(f"{path} can be read by others: chmod 600 it, or better make a new one")
            key = file.read().strip()
    except OSError as error:
        raise StorageUnavailable(f"{path}: {error.strerror}") from error
    if len(key) < LEAST_CHARACTERS:
        raise StorageUnavailable(f"{path} is damaged: remove it, and everybody has to log in again")
    return key


def _make(path: Path) -> None:
    temporary = path.with_name(f".{NAME}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)  # fails where another process was first, and then its key is the one
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    sync_folder(path.parent)
