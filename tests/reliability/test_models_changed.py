"""A refused promotion, one and a rollback under load: no request fails, all go from old to new and back."""

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from api.db.engine import Database
from api.db.upgrade import upgrade
from tests.reliability.processes import CHECKOUT, Installation

MODELS = CHECKOUT / "models"
NEW = "9.9-promoted"
TEXTS = (
    "配送が遅くて最悪です。解約します。",
    "The parcel never came. I am cancelling.",
    "最高でした",
    "Great staff.",
)
pytestmark = pytest.mark.skipif(
    not (MODELS / "registry.toml").exists(), reason="models/registry.toml is not there yet"
)


class Clients:
    """Threads that ask without a pause and without a second try, and note what came of it."""

    def __init__(self, installation: Installation) -> None:
        self.failures: list[str] = []
        self.versions: dict[str, list[str]] = {"score": [], "batch": [], "comments": []}
        self._installation = installation
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(kind,), daemon=True) for kind in self.versions
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End with the answers that are awaited."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def go_on(self, more: int = 5) -> None:
        """Wait until every client has some more answers."""
        counts = {kind: len(found) for kind, found in self.versions.items()}
        wait_until(lambda: all(len(self.versions[kind]) >= count + more for kind, count in counts.items()))

    def _run(self, kind: str) -> None:
        with self._installation.client() as client:
            number = 0
            while not self._stop.is_set():
                number += 1
                texts = [
                    TEXTS[(number + place) % len(TEXTS)] for place in range(20 if kind == "batch" else 1)
                ]
                try:
                    self._ask(client, kind, number, texts)
                except Exception as error:
                    self.failures.append(f"{kind} {number}: {error!r}")

    def _ask(self, client: Any, kind: str, number: int, texts: list[str]) -> None:
        if kind == "comments":
            sent = {"source": "load", "external_id": str(number), "text": texts[0], "nps": 0}
            found = [client.post("/v1/comments", json=sent).raise_for_status().json()["analysis"]]
        else:
            comments = [{"id": str(place), "text": text} for place, text in enumerate(texts)]
            found = client.post("/v1/score", json={"comments": comments}).raise_for_status().json()["results"]
        assert len(found) == len(texts)
        [version] = {one["model_version"] for one in found}
        self.versions[kind].append(version)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for another process; one that never does it fails the test."""
    deadline = time.monotonic() + 90
    while not is_so():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Return a copy of the shipped models, by hard links where the disk allows."""

    def link(source: str, target: str) -> None:
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)

    folder = tmp_path / "models"
    shutil.copytree(MODELS, folder, copy_function=link)
    text = (folder / "registry.toml").read_text(encoding="utf-8")
    (folder / "registry.toml").unlink()  # its link would be the shipped file
    (folder / "registry.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def installation(tmp_path: Path, models: Path) -> Iterator[Installation]:
    """Yield a service and a worker that run on the copied models."""
    url = f"sqlite:///{tmp_path / 'voc.sqlite3'}"
    database = Database(url)
    upgrade(database)
    database.dispose()
    settings = {"VOC_MODELS_DIR": str(models), "VOC_TIER": "fast", "VOC_MODELS_CHECK_S": "0.1"}
    found = Installation(url, tmp_path, with_models=True, settings=settings)
    found.service.start()
    found.worker.start()
    try:
        found.wait_until_ready()
        yield found
    finally:
        found.service.stop()
        found.worker.stop()


def promote(models: Path, text: str) -> None:
    """Replace the registry as a promotion does."""
    fresh = models / ".registry.toml.fresh"
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, models / "registry.toml")


def test_no_request_fails_while_models_change(installation: Installation, models: Path) -> None:
    before = (models / "registry.toml").read_text(encoding="utf-8")
    after = before.replace("2026.11.3-fast", NEW).replace(
        'themes = "themes/1.0.0"', 'themes = "themes/9.9.9"'
    )
    with installation.client() as client:

        def told(name: str) -> Any:
            return client.get("/version").raise_for_status().json()[name]

        def version_of_job() -> str:
            comments = [{"id": str(place), "text": text} for place, text in enumerate(TEXTS)]
            job = (
                client.post("/v1/jobs", json={"kind": "score", "comments": comments})
                .raise_for_status()
                .json()
            )
            path = f"/v1/jobs/{job['id']}"
            wait_until(lambda: client.get(path).raise_for_status().json()["state"] == "succeeded")
            items = client.get(f"{path}/results").raise_for_status().json()["items"]
            [version] = {one["model_version"] for one in items}
            assert client.get(path).json()["model_version"] == version
            return str(version)

        old = told("model_version")
        assert old != NEW
        clients = Clients(installation)
        clients.start()
        try:
            assert version_of_job() == old
            promote(models, after)  # names themes that are not there
            wait_until(lambda: told("refused_model_version") == NEW)
            assert version_of_job() == old
            assert client.get("/readyz").status_code == 200
            shutil.copytree(models / "themes" / "1.0.0", models / "themes" / "9.9.9")
            for one in (installation.service, installation.worker):
                one.tell(signal.SIGHUP)
            wait_until(lambda: told("model_version") == NEW)
            assert told("refused_model_version") is None
            clients.go_on()
            assert version_of_job() == NEW
            assert f'voc_models_info{{version="{NEW}"}} 1.0' in client.get("/metrics").text
            promote(models, before)
            wait_until(lambda: told("model_version") == old)
            clients.go_on()
            assert version_of_job() == old
        finally:
            clients.stop()
    assert clients.failures == []
    for kind, versions in clients.versions.items():
        assert [version for version, _ in groupby(versions)] == [old, NEW, old], kind
