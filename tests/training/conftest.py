"""A few comments of the corpus, and models that were taught the sample's departments."""

from pathlib import Path

import pytest

from training.config import read_config
from training.data.corpus import read_corpus
from training.data.splits import Split, split_by_writer
from voc_nlp.loading import shipped_models

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "own_taxonomy.csv"
PARTS = ("encoder", "ngrams", "sentiment", "routing", "themes")
REGISTRY = '# Kept by hand.\n[tiers.default]\nversion = "9.9"\n' + "".join(
    f'{part} = "{part}/1.0.0"\n' for part in PARTS
)
_EVERY = 40


def few() -> Split:
    """Take every fortieth comment of the corpus, split by writer."""
    return split_by_writer([row for lang in ("ja", "en") for row in read_corpus(lang)[::_EVERY]])


def lay_out(folder: Path) -> Path:
    """Lay out a models folder of the tier fast: links to the shipped versions, a registry of its own."""
    for part in PARTS:
        (folder / part).mkdir(parents=True)
        (folder / part / "1.0.0").symlink_to(shipped_models() / part / "1.0.0", target_is_directory=True)
    (folder / "registry.toml").write_text(REGISTRY, "utf-8")
    return folder


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models that own ones start from."""
    return lay_out(tmp_path_factory.mktemp("start") / "models")


@pytest.fixture(scope="session")
def own_models(start: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models that were taught the departments of the sample."""
    from dataclasses import replace

    import training.own

    out = tmp_path_factory.mktemp("own") / "models"
    config = replace(read_config("own_taxonomy"), files={str(SAMPLE): 1.0})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training.own, "read_split", few)
        training.own.train_models(config, None, start, out)
    return out
