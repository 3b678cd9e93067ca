"""Unpack the one file of a zip archive as it is read."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from portcall.runs.inputs.byte_source import Source
from portcall.runs.inputs.input_error import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ZIP_MAGIC: Final = (0x50, 0x4B, 0x03, 0x04)
_ENCRYPTED: Final = 0x1
_OF_THE_SYSTEM: Final = ("__MACOSX/", ".DS_Store")
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    ValueError,
)


class Unzipped(io.RawIOBase):
    """The text of the only file in a zip archive.

    Args:
        source: A file; this is closed together with it.

    Raises:
        InputError: It comes through a pipe, cannot be unpacked, or holds several files.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        if source.total is None:
            raise InputError(
                f"{source.name}: a zip archive cannot be read from a pipe; name the file, or unpack it: "
                "unzip -p FILE | portcall ..."
            )
        try:
            self._archive = zipfile.ZipFile(source.name)
            source.close_with(self._archive.close)
            self.member = _only_member(self._archive, source.name)
            self._file = self._archive.open(self.member)
            source.close_with(self._file.close)
        except _BROKEN as exc:
            raise self._error(exc) from None

    @property
    def consumed(self) -> int:
        """Bytes of the archive that were unpacked, about."""
        whole = max(self.member.file_size, 1)
        return self._file.tell() * (self._source.total or 0) // whole

    def readable(self) -> bool:
        """Return True: it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Return the text that comes next; 0 is the end.

        Raises:
            InputError: The archive is damaged.
        """
        try:
            with memoryview(buffer).cast("B") as view:
                part = self._file.read(len(view))
                view[: len(part)] = part
        except _BROKEN as exc:
            raise self._error(exc) from None
        return len(part)

    def _error(self, exc: BaseException) -> InputError:
        return InputError(
            f"{self._source.name}: the zip archive cannot be unpacked: {exc}; pack or fetch it again"
        )


def _only_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    files = [
        each
        for each in archive.infolist()
        if not each.is_dir()
        and not each.filename.startswith(_OF_THE_SYSTEM)
        and PurePosixPath(each.filename).name not in _OF_THE_SYSTEM
    ]
    if len(files) != 1:
        some = "".join(f", {each.filename[:60]!r}" for each in files[:3])[2:]
        what = f"{len(files)} files ({some}{', ...' * (len(files) > 3)})" if files else "no file"
        raise InputError(f"{name}: the zip archive holds {what}; unpack it, and name one file")
    if files[0].flag_bits & _ENCRYPTED:
        raise InputError(f"{name}: the zip archive needs a password; unpack it first")
    return files[0]
