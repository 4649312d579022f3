"""A file that grows while a run goes on: locked, cut to what is certain, made certain on the disk."""

import gzip
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from voc_nlp.errors import ResumeError
from voc_nlp.records.laying import PACKING


class PartialFile:
    """The unfinished file of one run; no other process can open it meanwhile.

    A packed file is a chain of gzip members, one from each `make_certain` to the
    next, so that it can be cut there; every program that reads gzip reads them as one.

    Parameters
    ----------
    path : Path
        The file; it is made when it is not there. One that another process has open raises a `ResumeError`.
    packed : bool
        Whether what is written is packed with gzip.
    """

    def __init__(self, path: Path, *, packed: bool) -> None:
        self._path = path
        self._packed = packed
        self._file = _open_alone(path)
        self._member: gzip.GzipFile | None = None

    @property
    def length(self) -> int:
        """Return the bytes that the file has on the disk.

        Returns
        -------
        int
            Certain or not.
        """
        return os.fstat(self._file.fileno()).st_size

    def cut(self, length: int) -> None:
        """Cut what follows the first bytes away and go on writing there.

        Parameters
        ----------
        length : int
            Bytes to keep; not more than there are.
        """
        self._file.truncate(length)
        self._file.seek(length)

    def write(self, data: bytes) -> None:
        """Write at the end.

        Parameters
        ----------
        data : bytes
            Whole lines.
        """
        if not self._packed:
            self._file.write(data)
            return
        if self._member is None:
            self._member = gzip.GzipFile("", "wb", PACKING, self._file, mtime=0)
        self._member.write(data)

    def make_certain(self) -> int:
        """Bring all that was written to the disk.

        Returns
        -------
        int
            The file's length, to `cut` it there later.
        """
        if self._member is not None:
            self._member.close()
            self._member = None
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def end(self) -> int:
        """Bring the whole file to the disk.

        Returns
        -------
        int
            Its length; a packed file without lines is a gzip file too.
        """
        if self._packed and self._member is None and self._file.tell() == 0:
            self.write(b"")
        return self.make_certain()

    def unlink(self) -> None:
        """Take the file away, unless it has another name by now."""
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(self._file.fileno()), os.stat(self._path)):
                self._path.unlink()

    def close(self) -> None:
        """Close the file and let others open it; what the disk has no room for is dropped."""
        member, self._member = self._member, None
        if member is not None:
            with suppress(OSError):
                member.close()
        with suppress(OSError):
            self._file.close()


def make_names_certain(folder: Path) -> None:
    """Bring the names in a folder to the disk, after a file was renamed.

    Parameters
    ----------
    folder : Path
        The folder.
    """
    # A folder cannot be opened on Windows, nor be made certain on some network file systems.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _open_alone(path: Path) -> BinaryIO:
    """Open a file, making it if need be, and lock it until it is closed."""
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        try:
            _lock(file, path)
            # Whoever held the lock may have renamed or deleted the file meanwhile.
            if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                return file
        except FileNotFoundError:
            pass
        except BaseException:
            file.close()
            raise
        file.close()


def _lock(file: BinaryIO, path: Path) -> None:
    """Lock an open file, where the system can."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ResumeError(
            f"another run is writing {path} at this moment; wait for its end, stop it, or give another OUT."
        ) from None
    except OSError:
        # Some network file systems have no locks: there, one run at a time is the user's care.
        return
