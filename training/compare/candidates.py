"""What can be compared: a whole models folder, or one model folder put into a tier of another."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from training.own import KINDS
from training.registry import read_registry, write_registry
from voc_nlp.analysis import Analyzer
from voc_nlp.artifacts import MANIFEST, open_folder, read_manifest
from voc_nlp.errors import ArtifactError, MissingArtifactError
from voc_nlp.loading import REGISTRY, load_analyzer, read_tier
from voc_nlp.routing.model import trained_departments
from voc_nlp.sentence_encoder import SENTENCE_ENCODER


@dataclass(frozen=True, slots=True)
class Candidate:
    """Models that answer together.

    Parameters
    ----------
    name : str
        The version, for tables.
    parts : Mapping[str, str]
        Folder of each part, absolute.
    labels : Mapping[str, tuple[str, ...]]
        Classes by task, nobody among the owners.
    learnt : frozenset[str]
        Names of the labelled files that a part was taught by.
    """

    name: str
    parts: Mapping[str, str]
    labels: Mapping[str, tuple[str, ...]]
    learnt: frozenset[str]

    def load(self) -> Analyzer:
        """Load the models; every file is checked against its sha256.

        Returns
        -------
        Analyzer
            Ready to analyse.
        """
        with tempfile.TemporaryDirectory() as folder:
            tier = {"version": self.name, **self.parts}
            write_registry(Path(folder), {"default": tier}, head="One candidate.")
            return load_analyzer(Path(folder))


def find_candidate(path: Path, *, base: Path, tier: str) -> Candidate:
    """Open what a person named.

    Parameters
    ----------
    path : Path
        A models folder with its registry, or one model folder.
    base : Path
        Models folder that the other parts come from where `path` is one model folder.
    tier : str
        The tier.

    Returns
    -------
    Candidate
        With all parts checked; of one model folder of sentiment or routing, without a contextual encoder
        that was joined with other heads.

    Raises
    ------
    MissingArtifactError
        If `path` is neither.
    """
    if (path / REGISTRY).is_file():
        parts = read_tier(path, tier)
        return _candidate(parts.pop("version"), _absolute(path, parts))
    if not (path / MANIFEST).is_file():
        raise MissingArtifactError(
            f"{path} holds neither {REGISTRY} nor {MANIFEST}; expected a models folder, or one model folder"
        )
    part = part_of(path)
    parts = _absolute(base, {k: v for k, v in read_tier(base, tier).items() if k != "version"})
    parts[part] = str(path.resolve())
    if part in ("sentiment", "routing"):
        parts["contextual"] = ""
    manifest = read_manifest(path, KINDS[part])
    return _candidate(f"{manifest['name']} {manifest['version']}", parts)


def part_of(folder: Path) -> str:
    """Tell which part of a tier a model folder is.

    Parameters
    ----------
    folder : Path
        The model folder.

    Returns
    -------
    str
        A key of `KINDS`.

    Raises
    ------
    ArtifactError
        If it is of no kind that a tier has.
    """
    for part, kind in KINDS.items():
        try:
            read_manifest(folder, kind)
        except ArtifactError as error:
            if "is a model folder of kind" not in str(error):
                raise
        else:
            return part
    raise ArtifactError(f"{folder} is of no kind that a tier has; expected one of {', '.join(KINDS)}")


def tiers_of(models: Path) -> tuple[str, ...]:
    """Name the tiers of a models folder.

    Parameters
    ----------
    models : Path
        The models folder.

    Returns
    -------
    tuple[str, ...]
        In the registry's order.
    """
    return tuple(read_registry(models))


def _absolute(folder: Path, parts: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for part, value in parts.items():
        inside = (folder / value).resolve()
        keep = not value or (part == SENTENCE_ENCODER and not inside.is_dir())
        found[part] = value if keep else str(inside)
    return found


def _candidate(name: str, parts: Mapping[str, str]) -> Candidate:
    """Check every part, and read what the heads and the labelled files are."""
    labels: dict[str, tuple[str, ...]] = {}
    learnt: set[str] = set()
    for part, kind in KINDS.items():
        if not parts.get(part):
            continue
        config = open_folder(Path(parts[part]), kind).config
        labels |= {task: tuple(facts["labels"]) for task, facts in config.get("heads", {}).items()}
        learnt |= set(config.get("run", {}).get("files", {}))
    labels["departments"] = trained_departments(labels["owner"])
    return Candidate(name, {part: value for part, value in parts.items() if value}, labels, frozenset(learnt))
