"""The program of a worker process: loads an analyzer, then answers batches until the service is gone.

``python -m api.analysis.worker FD FACTORY FOLDER PARTS TAXONOMY``; the service starts it.
"""

import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from api.analysis.answering import BatchAnalyzer, answer_orders
from api.analysis.wire import Ready, Unready, pack, receive

Factory = Callable[[Path, Mapping[str, str], Path | None], BatchAnalyzer]


def load(folder: Path, parts: Mapping[str, str], taxonomy: Path | None) -> BatchAnalyzer:
    """Load models, and have them answer once.

    Parameters
    ----------
    folder : Path
        Folder of the models.
    parts : Mapping[str, str]
        What the registry named for the tier.
    taxonomy : Path | None
        File of the departments that there are; those that the models know when None.

    Returns
    -------
    BatchAnalyzer
        Ready to analyse.
    """
    from voc_nlp.loading import load_parts
    from voc_nlp.routing.departments_file import read_departments

    departments = read_departments(taxonomy) if taxonomy is not None else None
    analyzer = load_parts(folder, parts, departments)
    analyzer.analyze(["温まるまで少し遅い。", "The first answer is slow."])
    return analyzer


def main(arguments: list[str]) -> None:
    """Work until the service closes its end.

    Parameters
    ----------
    arguments : list[str]
        Descriptor of the socket, ``module:function`` that loads, folder of the models, their parts
        as JSON, file of the departments or nothing.
    """
    # The service decides when its workers end: those of its batches that are begun shall be answered.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    descriptor, factory, folder, parts, taxonomy = arguments
    connection = socket.socket(fileno=int(descriptor))
    try:
        analyzer = _factory(factory)(Path(folder), json.loads(parts), Path(taxonomy) if taxonomy else None)
    except Exception as error:
        connection.sendall(pack(Unready(f"{type(error).__qualname__}: {error}")))
        return
    try:
        connection.sendall(pack(Ready(str(getattr(analyzer, "model_version", "")))))
        while True:
            connection.sendall(pack(answer_orders(analyzer, receive(connection))))
    except (EOFError, ConnectionError):
        return
    except Exception as error:  # its message might hold a customer's words
        sys.exit(f"the analysis worker ended with {type(error).__qualname__}")


def _factory(name: str) -> Factory:
    """Find a function by ``module:function``."""
    module, _, function = name.partition(":")
    found: Factory = getattr(import_module(module), function)
    return found


if __name__ == "__main__":
    for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(_name, "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main(sys.argv[1:])
