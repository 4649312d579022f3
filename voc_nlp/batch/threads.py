"""One thread of arithmetic a process: those that score share the cores, and further threads only spin."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""What the libraries read, once, when they are loaded; what somebody has set stays."""


def use_one_thread() -> None:
    """Have this process calculate in one thread; without effect once numpy is loaded."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Have processes that are started meanwhile calculate in one thread each.

    They load numpy while they are still being started, so it is too late to say it in them.

    Yields
    ------
    None
        This process's own environment is as before afterwards.
    """
    missing = [name for name in _SETTINGS if name not in os.environ]
    use_one_thread()
    try:
        yield
    finally:
        for name in missing:
            del os.environ[name]
