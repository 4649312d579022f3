"""Where files lie: paths of this machine, and any URL that fsspec knows (s3, gs, memory, http, ...)."""

import errno
import hashlib
import io
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records.urls import WEB, beneath, file_name, is_url, links_of, shown, unreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from fsspec import AbstractFileSystem

_RENAMING = frozenset({"file", "local", "sftp", "ssh", "smb", "hdfs", "arrow_hdfs", "webhdfs", "webHDFS"})
"""Schemes where a half-written file shows, and where a rename is one step; elsewhere an upload is."""

_MARKS = ("ETag", "etag", "md5Hash", "generation", "mtime", "LastModified", "last_modified", "created")
"""What file systems call the sign that a file has changed, the surest first."""

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what a file, or a folder with all its files, is known again.

    Parameters
    ----------
    name : str
        The whole path, or the URL without credentials.
    size : int or None
        Bytes; None where the server does not tell.
    mark : str
        Time of the last change, or the server's own mark (ETag and the like).
    """

    name: str
    size: int | None
    mark: str


def open_for_reading(name: str) -> BinaryIO:
    """Open a file; it can be read from any place.

    A URL is read a block at a time. Only from a web server that serves no parts of
    a file is the whole fetched first, into a temporary file.

    Parameters
    ----------
    name : str
        A path or a URL.

    Returns
    -------
    BinaryIO
        Buffered. What goes wrong while it is read is an OSError.

    Raises
    ------
    UnreadableFileError
        When it is not there, is no file, or cannot be reached.
    """
    if not is_url(name):
        path = Path(name)
        try:
            if not path.is_file():
                raise UnreadableFileError(f"{path} {_met(path)}; expected a file.")
            return path.open("rb")
        except OSError as error:
            raise UnreadableFileError(unreadable(name, error)) from error
    with _answering(name):
        system, path_there = _system(name)
        if _protocols(system) & WEB and not system.info(path_there).get("partial"):
            return _fetched(system, path_there)
        return cast(BinaryIO, io.BufferedReader(_Guarded(system.open(path_there, "rb")), _BLOCK_BYTES))


def path_of(name: str) -> str:
    """Return the path that a URL of this machine stands for.

    Parameters
    ----------
    name : str
        A path or a URL.

    Returns
    -------
    str
        Of ``file://`` and ``local://`` URLs, the path; any other name as it is.
    """
    if name.partition("://")[0].lower() not in ("file", "local"):
        return name
    return _system(name)[1] + ("/" if name.endswith("/") else "")


def check_writable(url: str) -> None:
    """Refuse a URL to which nothing can be uploaded, before hours of work.

    Parameters
    ----------
    url : str
        Where a file shall lie.

    Raises
    ------
    UnreadableFileError
        When its scheme is unknown, needs a package that is missing, or is only read.
    """
    with _answering(url, "written"):
        if _protocols(_system(url)[0]) & WEB:
            raise UnreadableFileError(f"{shown(url)} can only be read; write to a path or an object store.")


def put(local: Path, url: str) -> None:
    """Upload a finished file; readers of the URL see the older file or the whole new one.

    File systems with a rename get the file under another name first. Object stores
    show a file only when its upload is complete. Where neither is true (ftp), a
    reader may meet a part.

    Parameters
    ----------
    local : Path
        The file.
    url : str
        Where it shall lie; UnreadableFileError is raised when it cannot be written there.
    """
    check_writable(url)
    with _answering(url, "written"):
        system, path = _system(url)
        protocols = _protocols(system)
        if not protocols & _RENAMING:
            system.put_file(str(local), path)
            return
        _put_by_rename(system, local, path)


def stat_of(name: str) -> Stamp:
    """Tell by what a file, or a folder with all its files, is known again.

    Parameters
    ----------
    name : str
        A path or a URL.

    Returns
    -------
    Stamp
        The same as long as nothing of it was changed. A folder's size is that of
        its files together, and its mark is made of their names, sizes and marks.

    Raises
    ------
    UnreadableFileError
        When it is not there or cannot be reached.
    """
    if is_folder(name):
        files = _listing(name)
        digest = hashlib.sha256(repr([(kept, files[kept].size, files[kept].mark) for kept in files]).encode())
        sizes = [stamp.size for stamp in files.values()]
        total = None if None in sizes else sum(size or 0 for size in sizes)
        return Stamp(_identity(name), total, digest.hexdigest())
    if not is_url(name):
        try:
            return _stamp_of_path(Path(name), _identity(name))
        except OSError as error:
            raise UnreadableFileError(unreadable(name, error)) from error
    with _answering(name):
        system, path = _system(name)
        system.invalidate_cache()
        return _stamp_of_info(system, path, system.info(path), _identity(name))


def is_folder(name: str) -> bool:
    """Say whether a name is that of a folder.

    Parameters
    ----------
    name : str
        A path or a URL.

    Returns
    -------
    bool
        True for a folder that is there; over http, for a URL that ends in ``/``.
    """
    if not is_url(name):
        return Path(name).is_dir()
    with _answering(name):
        system, path = _system(name)
        if _protocols(system) & WEB:
            return file_name(name).endswith("/")
        return bool(system.isdir(path))


def files_in(name: str, ending: str = "") -> list[str]:
    """List the files of a folder and of the folders in it, hidden ones passed over.

    Hidden is what starts with a dot, or with an underscore as ``_SUCCESS`` does
    (``_name=value`` is a partition and not hidden).

    Parameters
    ----------
    name : str
        A path or a URL of a folder.
    ending : str
        Only files that end so, whatever their case.

    Returns
    -------
    list[str]
        Paths or URLs that can be opened, in the order of their names.
    """
    return [beneath(name, kept) for kept in _listing(name) if kept.lower().endswith(ending.lower())]


class _Guarded(io.RawIOBase):
    """A file of fsspec; whatever its file system raises while reading becomes an OSError."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Say whether one can go back in it."""
        return bool(self._file.seekable())

    def tell(self) -> int:
        """Return where it stands; streams do not tell themselves."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to another place."""
        with self._as_os_error():
            self._at = int(self._file.seek(offset, whence))
        return self._at

    def readinto(self, target: "WriteableBuffer", /) -> int:
        """Read the next bytes."""
        view = memoryview(target).cast("B")
        with self._as_os_error():
            read = self._file.read(len(view))
        view[: len(read)] = read
        self._at += len(read)
        return len(read)

    def close(self) -> None:
        """Close it; what a server says to that no longer matters."""
        if not self.closed:
            try:
                self._file.close()
            finally:
                super().close()

    @contextmanager
    def _as_os_error(self) -> Iterator[None]:
        """Turn every error into an OSError without credentials."""
        try:
            yield
        except Exception as error:
            said = shown(str(error) or type(error).__name__)
            raise OSError(errno.EIO, f"{type(error).__name__}: {said}") from error


@contextmanager
def _answering(name: str, done: str = "read") -> Iterator[None]:
    """Turn every error of a file system, of which each has its own, into one of ours."""
    try:
        yield
    except UnreadableFileError:
        raise
    except Exception as error:
        raise UnreadableFileError(unreadable(name, error, done)) from error


def _put_by_rename(system: "AbstractFileSystem", local: Path, path: str) -> None:
    """Upload a file under another name beside its place, and rename it when it is whole."""
    folder, _, last = path.rpartition("/")
    partial = f"{folder}/.{last}.{secrets.token_hex(4)}.part"
    try:
        system.put_file(str(local), partial)
        system.mv(partial, path)
    except BaseException:
        if system.exists(partial):
            system.rm_file(partial)
        raise


def _fetched(system: "AbstractFileSystem", path: str) -> BinaryIO:
    """Fetch a whole file into a temporary one, which is gone when it is closed."""
    kept = tempfile.TemporaryFile(prefix="voc-")  # noqa: SIM115 - the caller closes it
    try:
        system.get_file(path, kept)
        kept.seek(0)
    except BaseException:
        kept.close()
        raise
    return cast(BinaryIO, kept)


def _system(url: str) -> tuple["AbstractFileSystem", str]:
    """Return the file system of a URL and the path in it."""
    from fsspec.core import url_to_fs

    segments, at = links_of(url)
    scheme = segments[at].partition("://")[0]
    try:
        settings = {"client_kwargs": {"timeout": _patience()}} if scheme.lower() in WEB and at == 0 else {}
        system, path = url_to_fs(url, **settings)
    except ImportError as error:
        said = str(error) or "Install it"
        raise UnreadableFileError(
            f"{shown(url)} needs a package that is not installed for {scheme}://. {shown(said)}."
        ) from error
    except ValueError as error:
        if "rotocol not known" not in str(error):
            raise
        raise UnreadableFileError(
            f"{shown(url)} has an unknown scheme; expected a path, or a URL that fsspec knows, such as "
            "s3://, gs://, abfs://, http://."
        ) from error
    return system, str(path)


def _patience() -> Any:
    """Return how long to wait for a web server; without it all that takes over five minutes fails."""
    try:
        from aiohttp import ClientTimeout
    except ImportError:
        raise ImportError('Install "aiohttp" and "requests" to read from web servers') from None
    return ClientTimeout(total=None, sock_connect=60, sock_read=300)


def _protocols(system: "AbstractFileSystem") -> frozenset[str]:
    """Return the schemes that a file system answers to."""
    named = system.protocol
    return frozenset({named} if isinstance(named, str) else named)


def _listing(folder: str) -> dict[str, Stamp]:
    """Return the files beneath a folder by their place in it, in order, hidden ones left out."""
    found = _listing_there(folder) if is_url(folder) else _listing_here(Path(folder))
    return {kept: found[kept] for kept in sorted(found)}


def _listing_here(folder: Path) -> dict[str, Stamp]:
    """List a folder of this machine."""

    def fail(error: OSError) -> None:
        raise UnreadableFileError(unreadable(str(folder), error)) from error

    found = {}
    for place, inner, names in os.walk(folder, onerror=fail):
        inner[:] = [name for name in inner if not _hidden(name)]
        for name in names:
            path = Path(place) / name
            kept = path.relative_to(folder).as_posix()
            if not _hidden(name) and path.is_file():
                found[kept] = _stamp_of_path(path, kept)
    return found


def _listing_there(folder: str) -> dict[str, Stamp]:
    """List a folder of a URL."""
    with _answering(folder):
        system, path = _system(folder)
        system.invalidate_cache()
        start = path.rstrip("/") + "/"
        infos: Mapping[str, Mapping[str, Any]] = system.find(path, detail=True)
        found = {}
        for full, info in infos.items():
            kept = full.removeprefix(start)
            if kept and not kept.endswith("/") and not any(_hidden(part) for part in kept.split("/")):
                found[kept] = _stamp_of_info(system, full, info, kept)
        return found


def _hidden(name: str) -> bool:
    """Say whether a file or folder is none of the data."""
    return name.startswith(".") or (name.startswith("_") and "=" not in name)


def _stamp_of_path(path: Path, name: str) -> Stamp:
    """Return the stamp of a file of this machine."""
    status = path.stat()
    return Stamp(name, status.st_size, str(status.st_mtime_ns))


def _stamp_of_info(system: "AbstractFileSystem", path: str, info: Mapping[str, Any], name: str) -> Stamp:
    """Return the stamp of a file from what its file system tells of it."""
    mark = next((str(info[key]) for key in _MARKS if info.get(key) is not None), None)
    size = info.get("size")
    return Stamp(name, None if size is None else int(size), system.ukey(path) if mark is None else mark)


def _identity(name: str) -> str:
    """Return the name by which a place is the same from everywhere."""
    return shown(name) if is_url(name) else str(Path(name).resolve())


def _met(path: Path) -> str:
    """Say what stands where a plain file was expected."""
    if path.is_dir():
        return "is a directory"
    return "is no plain file" if path.exists() else "is not there"
