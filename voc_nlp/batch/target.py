"""Where OUT lies and where the files of an unfinished run lie; how a whole file becomes OUT."""

import hashlib
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records.partial import make_names_certain
from voc_nlp.records.places import check_writable, files_in, is_folder, put
from voc_nlp.records.reading import extension
from voc_nlp.records.urls import file_name, is_url, shown

FOLDER = "/"
"""Ends the name of an OUT that is a folder of Parquet files."""

_PART, _CHECKPOINT, _LAID = (".voc-part", ".voc-checkpoint", ".voc-laid")


@dataclass(frozen=True, slots=True)
class Target:
    """An OUT and the places of its unfinished run.

    Parameters
    ----------
    name : str
        OUT as messages name it.
    ending : str
        One of `EXTENSIONS`, or `FOLDER`.
    final : Path
        Where OUT lies; for a URL, the file or folder that is uploaded.
    url : str | None
        Where the whole file is uploaded to.
    work : Path | None
        A folder that was made for this run alone, to be taken away when it has ended well.
    """

    name: str
    ending: str
    final: Path
    url: str | None = None
    work: Path | None = None

    @classmethod
    def of(cls, out: str, source: str, work: Path | None = None) -> Self:
        """Find the places.

        Parameters
        ----------
        out : str
            A file ending in one of `EXTENSIONS`, a folder ending in `FOLDER`, or a URL of one of both.
        source : str
            IN, which together with OUT names the folder of the unfinished run of a URL.
        work : Path | None
            That folder itself.

        Returns
        -------
        Self
            The places; nothing was made but the folder of a URL's run.

        Raises
        ------
        UnreadableFileError
            When the ending is unknown, or the name is that of something else.
        """
        ending = FOLDER if file_name(out).endswith(FOLDER) else extension(Path(file_name(out)))
        if is_url(out):
            check_writable(out)
            folder = _private(work or _usual_work(source, out)).resolve()
            last = PurePosixPath(file_name(out)).name or "out"
            return cls(shown(out), ending, folder / last, out, None if work else folder)
        path = Path(out)
        if ending != FOLDER and path.is_dir():
            raise UnreadableFileError(
                f"{path} is a directory; expected the name of a file to write, "
                f"or {path}/ for a new folder of Parquet files."
            )
        return cls(out, ending, path.resolve())

    @property
    def partial(self) -> Path:
        """Return the file that grows.

        Returns
        -------
        Path
            Beside `final`.
        """
        return self._beside(_PART)

    @property
    def checkpoint(self) -> Path:
        """Return the file that says how far the partial file is certain.

        Returns
        -------
        Path
            Beside `final`.
        """
        return self._beside(_CHECKPOINT)

    @property
    def laid(self) -> Path:
        """Return the file or folder that is laid out before it becomes OUT.

        Returns
        -------
        Path
            Beside `final`; of JSONL, the partial file itself.
        """
        return self.partial if self.is_direct else self._beside(_LAID)

    @property
    def is_direct(self) -> bool:
        """Say whether the partial file itself becomes OUT.

        Returns
        -------
        bool
            True for JSONL.
        """
        return self.ending.startswith(".jsonl")

    def put_in_place(self) -> None:
        """Make OUT of what was laid out, in one step where OUT is a file or a folder here."""
        if self.url is None:
            os.replace(self.laid, self.final)
            make_names_certain(self.final.parent)
        elif self.ending == FOLDER:
            for part in sorted(self.laid.iterdir()):
                put(part, f"{self.url.rstrip(FOLDER)}/{part.name}")
        else:
            put(self.laid, self.url)

    def result(self) -> list[int]:
        """Tell by what the whole file is known again, under either name.

        Returns
        -------
        list[int]
            Size and time of change in nanoseconds of what was laid out.
        """
        return _stamp(self.laid)

    def is_in_place(self, result: list[int]) -> bool:
        """Say whether OUT is what was laid out.

        Parameters
        ----------
        result : list[int]
            As `result` told it.

        Returns
        -------
        bool
            False for a URL: an upload is repeated.
        """
        return self.url is None and self.final.exists() and _stamp(self.final) == result

    def check_free(self, *, going_on: bool) -> None:
        """Refuse a folder that holds files already: parts of two runs would be mixed.

        Parameters
        ----------
        going_on : bool
            Whether an unfinished run is gone on with, which may have uploaded some parts.

        Raises
        ------
        UnreadableFileError
            When there is something.
        """
        if self.ending != FOLDER:
            return
        if self.url is not None:
            taken = not going_on and bool(is_folder(self.url) and files_in(self.url))
        else:
            taken = self.final.exists() and not (self.final.is_dir() and not any(self.final.iterdir()))
        if taken:
            raise UnreadableFileError(
                f"{self.name} is there and not empty; expected a folder that is not there yet. "
                "Give another name, or take the old folder away."
            )

    def discard_laid(self) -> None:
        """Take away what an earlier run may have laid out in part; the partial file stays."""
        if self.is_direct:
            return
        if self.laid.is_dir():
            shutil.rmtree(self.laid)
        else:
            self.laid.unlink(missing_ok=True)

    def discard_work(self) -> None:
        """Take away the folder that was made for this run, if nothing is in it."""
        if self.work is not None:
            with suppress(OSError):
                self.work.rmdir()

    def _beside(self, suffix: str) -> Path:
        return self.final.with_name(f".{self.final.name}{suffix}")


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _usual_work(source: str, out: str) -> Path:
    """Name the folder of the unfinished run of this IN and this OUT, the same every time."""
    here = source if is_url(source) else str(Path(source).resolve())
    key = hashlib.sha256(f"{here}\0{out}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir()) / f"voc-{user}-{key}"


def _private(folder: Path) -> Path:
    """Make the folder for customers' texts, which nobody else may read or have made."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise UnreadableFileError(
            f"{folder} cannot be made: {error.strerror or error}. Give another folder by --work."
        ) from error
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or not stat.S_ISDIR(status.st_mode)):
        raise UnreadableFileError(
            f"{folder} belongs to somebody else; expected a folder of your own. Give another by --work."
        )
    return folder
