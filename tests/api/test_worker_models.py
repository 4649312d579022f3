"""The models of a worker: loaded once for all lanes, changed between pieces of work."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from api.analysis.registry import RegistryWatch, TierModels
from api.themes.shelf import ThemeShelf
from api.worker.models import WorkerModels
from tests.api.analysis.doubles import VersionedAnalyzer, write_registry
from voc_nlp.errors import MissingArtifactError, TamperedArtifactError


class Loads:
    """Stands for the loader; what is in `broken` cannot be loaded."""

    def __init__(self) -> None:
        self.analyzers: list[str] = []
        self.shelves: list[str] = []
        self.broken: set[str] = set()

    def analyzer(
        self, _folder: Path, parts: dict[str, str], _departments: Sequence[object]
    ) -> VersionedAnalyzer:
        """Load an analyzer."""
        if parts["version"] in self.broken:
            raise TamperedArtifactError("routing/2/weights.safetensors was changed")
        self.analyzers.append(parts["version"])
        return VersionedAnalyzer(parts["version"])

    def shelf(self, models: TierModels) -> ThemeShelf:
        """Load the encoder and the themes."""
        if models.version in self.broken:
            raise TamperedArtifactError("themes/2/themes.safetensors was changed")
        self.shelves.append(models.version)
        alone = VersionedAnalyzer(models.version)
        return ThemeShelf(alone.embedder, alone.themes)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Loads:
    """Put a loader of doubles in the place of the real one."""
    loads = Loads()
    monkeypatch.setattr("voc_nlp.loading.load_parts", loads.analyzer)
    monkeypatch.setattr(ThemeShelf, "load", loads.shelf)
    return loads


def models_of(folder: Path, check_s: float, now: list[float]) -> WorkerModels:
    return WorkerModels(RegistryWatch(folder, "fast"), (), check_s, lambda: now[0])


def test_the_encoder_is_loaded_once_for_jobs_and_themes(tmp_path: Path, loads: Loads) -> None:
    write_registry(tmp_path, "1")
    models = models_of(tmp_path, 10, [0.0])
    analyzer = models.analyzer()
    assert models.shelf().embedder is analyzer.embedder
    assert models.analyzer() is analyzer
    assert (loads.analyzers, loads.shelves) == (["1"], [])
    themes_first = models_of(tmp_path, 10, [0.0])
    alone = themes_first.shelf()
    assert themes_first.shelf() is alone
    assert themes_first.shelf().embedder is not themes_first.analyzer().embedder  # until jobs need more
    assert themes_first.shelf().embedder is themes_first.analyzer().embedder


def test_other_models_are_taken_with_the_next_work_after_the_time(tmp_path: Path, loads: Loads) -> None:
    write_registry(tmp_path, "1")
    now = [0.0]
    models = models_of(tmp_path, 10, now)
    first = models.analyzer()
    write_registry(tmp_path, "2")
    now[0] = 9.0
    assert models.analyzer() is first
    now[0] = 10.0
    assert models.shelf().embedder is models.analyzer().embedder
    assert (models.analyzer().model_version, loads.analyzers) == ("2", ["1", "2"])


def test_without_a_time_only_asking_looks(tmp_path: Path, loads: Loads) -> None:
    write_registry(tmp_path, "1")
    now = [0.0]
    models = models_of(tmp_path, 0, now)
    alone = models.shelf()
    write_registry(tmp_path, "2")
    now[0] = 1e6
    assert models.shelf() is alone
    models.ask()
    assert models.shelf() is not alone
    assert (loads.shelves, loads.analyzers) == (["1", "2"], [])


def test_refused_models_leave_the_old_ones_and_are_tried_again_when_asked(
    tmp_path: Path, loads: Loads
) -> None:
    write_registry(tmp_path, "1")
    now = [0.0]
    models = models_of(tmp_path, 1, now)
    first = models.analyzer()
    loads.broken.add("2")
    write_registry(tmp_path, "2")
    for now[0] in (1.0, 2.0, 3.0):
        assert models.analyzer() is first
    loads.broken.clear()
    now[0] = 4.0
    assert models.analyzer() is first
    models.ask()
    assert models.analyzer().model_version == "2"


def test_a_worker_that_never_had_models_takes_those_that_come(tmp_path: Path, loads: Loads) -> None:
    models = models_of(tmp_path, 10, [0.0])
    with pytest.raises(MissingArtifactError):
        models.analyzer()
    loads.broken.add("1")
    write_registry(tmp_path, "1")
    with pytest.raises(TamperedArtifactError):
        models.analyzer()
    write_registry(tmp_path, "2")
    assert models.analyzer().model_version == "2"
