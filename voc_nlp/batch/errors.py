"""The errors of scoring whole files: a machine that fails, not an input.

::

    VocError
    └── BatchError                     the work could not be carried out
        ├── WorkerCrashedError         a worker process ended in the middle of its work
        ├── MissingEngineError         the engine asked for is not installed
        ├── UnreachableClusterError    no cluster is at the address, or it cannot be used from here
        └── DifferentVersionsError     a worker has another package or other models than the driver
"""

from voc_nlp.errors import VocError


class BatchError(VocError):
    """The work could not be carried out."""


class WorkerCrashedError(BatchError):
    """A worker process ended in the middle of its work."""


class MissingEngineError(BatchError):
    """The engine asked for is not installed."""


class UnreachableClusterError(BatchError):
    """No cluster is at the address, or it cannot be used from here."""


class DifferentVersionsError(BatchError):
    """A worker has another package or other models than the driver."""
