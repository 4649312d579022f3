"""Receives a job: cuts an upload into parts while it comes in."""

import hashlib
from typing import NamedTuple

from api.clock import Clock
from api.db.engine import Database
from api.db.tables import JobRow
from api.errors import BodyTooLargeError
from api.jobs.assembling import Assembly, JobRequest, Piece
from api.jobs.errors import EmptyJobError, JobTooLargeError
from api.jobs.lines import Part, PartCutter


class Limits(NamedTuple):
    """How large a job may be."""

    documents: int
    upload_bytes: int


class Receiver:
    """Takes one upload; nobody sees the job until `finish`.

    Parameters
    ----------
    database : Database
        Where the parts go.
    request : JobRequest
        What is asked for.
    limits : Limits
        How large it may be.
    clock : Clock
        The present.
    """

    def __init__(self, database: Database, request: JobRequest, limits: Limits, clock: Clock) -> None:
        self._assembly = Assembly(database, request, clock)
        self._limits = limits
        self._cutter = PartCutter()
        self._bytes = 0
        self._digest = hashlib.sha256(f"{request.kind} {request.language} ".encode())

    def feed(self, piece: bytes) -> list[Part]:
        """Take the next piece of the upload.

        Parameters
        ----------
        piece : bytes
            Of any length.

        Returns
        -------
        list[Part]
            What has to be stored now; too many documents raise `JobTooLargeError`.

        Raises
        ------
        BodyTooLargeError
            If the upload has too many bytes.
        """
        self._bytes += len(piece)
        self._digest.update(piece)
        if self._bytes > self._limits.upload_bytes:
            raise BodyTooLargeError(self._limits.upload_bytes)
        parts = list(self._cutter.feed(piece))
        self._check_count()
        return parts

    def store(self, part: Part) -> None:
        """Store a part.

        Parameters
        ----------
        part : Part
            What `feed` handed out, in that order; `JobUploadError` is raised when the upload was
            taken for dead meanwhile.
        """
        self._assembly.store(_piece(part))

    def finish(self) -> tuple[JobRow, bool]:
        """Store the rest, and make the job known.

        Returns
        -------
        tuple[JobRow, bool]
            As `Assembly.finish` answers and raises.

        Raises
        ------
        EmptyJobError
            If there was no document.
        """
        rest = list(self._cutter.finish())
        self._check_count()
        if not self._cutter.documents:
            raise EmptyJobError()
        return self._assembly.finish(self._digest.hexdigest(), *map(_piece, rest))

    def discard(self) -> None:
        """Throw away what was stored."""
        self._assembly.discard()

    def _check_count(self) -> None:
        if self._cutter.documents > self._limits.documents:
            raise JobTooLargeError(self._limits.documents)


def _piece(part: Part) -> Piece:
    return Piece(part.first_index, part.first_line, part.documents, part.pack(), tuple(part.overlong))
