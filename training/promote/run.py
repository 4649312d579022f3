"""Promote a model, and roll back: checked, recorded, and done in one rename."""

import hashlib
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from training.compare.candidates import Candidate, find_candidate, part_of, tiers_of
from training.compare.run import Comparison, compare
from training.compare.sets import read_sets
from training.own import KINDS
from training.promote.floors import Floors, find_objections, read_floors
from training.promote.journal import (
    PROMOTED,
    ROLLED_BACK,
    append_entry,
    earlier_registries,
    hold,
    read_entries,
)
from training.registry import read_registry, render_registry, replace_registry
from voc_nlp.artifacts import MANIFEST, open_folder
from voc_nlp.loading import REGISTRY

_HEAD = "Which model versions make up each tier; written by `python -m training promote`."
Tiers = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Promotion:
    """What became of a promotion.

    Parameters
    ----------
    comparison : Comparison
        Old against new.
    objections : tuple[str, ...]
        What spoke against it.
    done : bool
        Whether it was made all the same, or because nothing did.
    registry : Path
        The registry.
    """

    comparison: Comparison
    objections: tuple[str, ...]
    done: bool
    registry: Path


@dataclass(frozen=True, slots=True)
class _Plan:
    """The tiers after a promotion, and the folders that they need."""

    tiers: Tiers
    copies: Mapping[str, Path]


def promote(
    source: Path,
    models: Path,
    *,
    by: str,
    override: str = "",
    labels: Sequence[Path] = (),
    all_rows: bool = False,
    tier: str = "default",
    floors: Floors | None = None,
    at: datetime | None = None,
) -> Promotion:
    """Put new models in service.

    Parameters
    ----------
    source : Path
        A whole models folder, whose tiers take the place of those of the same name, or one model folder,
        which goes into `tier`.
    models : Path
        The models folder in service.
    by : str
        Who promotes.
    override : str
        A person's reason to promote in spite of what speaks against it; empty for none.
    labels : Sequence[Path]
        Labelled files beside the fixed test, such as recent corrections.
    all_rows : bool
        Whether all their comments are compared on, also those that training may have learnt from.
    tier : str
        The tier that is compared, and that one model folder goes into.
    floors : Floors | None
        The conditions; those of training/configs/promotion.toml when None.
    at : datetime | None
        When; now when None.

    Returns
    -------
    Promotion
        Refused, and nothing changed, where something speaks against it and there is no `override`.

    Raises
    ------
    ValueError
        If an override has no name to it, a version is there already with other contents, a part does not lie
        within its models folder, or the registry was changed meanwhile.
    """
    if override and not by:
        raise ValueError("an override is a person's word; give the name with --by")
    conditions = floors or read_floors()
    plan = _plan(source, models, tier)
    before = (models / REGISTRY).read_text(encoding="utf-8")
    old = find_candidate(models, base=models, tier=tier)
    new = find_candidate(source, base=models, tier=tier)
    for name in tiers_of(source) if (source / REGISTRY).is_file() else ():
        find_candidate(source, base=models, tier=name)  # every file that goes into service is checked
    sets = read_sets(labels, old.learnt | new.learnt, all_rows=all_rows)
    comparison = compare(old, new, sets, seed=conditions.seed)
    objections = tuple(find_objections(comparison, conditions))
    registry = models / REGISTRY
    if objections and not override:
        return Promotion(comparison, objections, False, registry)
    facts = {
        "at": (at or datetime.now(UTC)).isoformat(timespec="seconds"),
        "by": by,
        "tier": tier,
        "old": old.name,
        "new": new.name,
        "objections": list(objections),
        "override": override,
        "manifests": _manifests(new),
        "labels": {path.name: _digest(path) for path in labels},
        "compared": [row for row in comparison.to_dict()["rows"] if row["slice"] == "all"],
    }
    with hold(models):
        if (models / REGISTRY).read_text(encoding="utf-8") != before:
            raise ValueError(f"{models / REGISTRY} was changed while the models were compared; promote again")
        _change(models, plan, before, facts)
    return Promotion(comparison, objections, True, registry)


def roll_back(models: Path, *, by: str, at: datetime | None = None) -> str:
    """Go back to the registry before the last promotion.

    Parameters
    ----------
    models : Path
        The models folder in service.
    by : str
        Who goes back.
    at : datetime | None
        When; now when None.

    Returns
    -------
    str
        The registry's text, byte for byte as it was; every file that it names was checked.

    Raises
    ------
    ValueError
        If nobody is named, there is nothing to go back to, or the registry was changed by another hand.
    """
    if not by:
        raise ValueError("a rollback is a person's deed; give the name with --by")
    if not (models / REGISTRY).is_file():
        read_registry(models)
    with hold(models):
        stack = earlier_registries(read_entries(models))
        now = (models / REGISTRY).read_text(encoding="utf-8")
        if len(stack) < 2:
            raise ValueError(
                f"{models} records no promotion to go back from; expected one in promotions.jsonl"
            )
        if now != stack[-1]:
            raise ValueError(
                f"{models / REGISTRY} is not as the last promotion or rollback wrote it; expected no other "
                "hand. Promote again, or put the registry back"
            )
        wanted = stack[-2]
        facts = {"at": (at or datetime.now(UTC)).isoformat(timespec="seconds"), "by": by}
        _check_text(models, wanted)
        append_entry(models, ROLLED_BACK, now, wanted, facts)
        replace_registry(models, wanted)
    return wanted


def _plan(source: Path, models: Path, tier: str) -> _Plan:
    """Say what the registry will be, and check that no version would change its contents."""
    tiers = read_registry(models)
    if (source / REGISTRY).is_file():
        given = read_registry(source)
        folders = {value for parts in given.values() for part, value in parts.items() if part in KINDS}
        outside = sorted(value for value in folders if Path(value).is_absolute() or ".." in Path(value).parts)
        if outside:
            raise ValueError(
                f"{source / REGISTRY} names {', '.join(outside)}; expected folders within {source}, so "
                "that they can be copied: write the models folder whole"
            )
        copies = {value: source / value for value in sorted(folders)}
        plan = _Plan({**tiers, **given}, copies)
    else:
        part = part_of(source)
        if tier not in tiers:
            raise ValueError(f"{models} has no tier {tier!r}; choose one of {', '.join(tiers)}")
        config = open_folder(source, KINDS[part]).config
        target = f"{part}/{config['version']}"
        parts = {**tiers[tier], part: target}
        if part in ("sentiment", "routing") and parts.pop("contextual", ""):
            raise ValueError(
                f"the contextual encoder of tier {tier!r} was joined with other heads; train a whole models "
                "folder (--out), or give --tier with one that has no contextual encoder"
            )
        parts["version"] = f"{tiers[tier]['version'].partition('+')[0]}+{part}-{config['version']}"
        plan = _Plan({**tiers, tier: parts}, {target: source})
    for target, folder in plan.copies.items():
        there = models / target / MANIFEST
        if not there.is_file() and not (models / target).parent.resolve().is_relative_to(models.resolve()):
            raise ValueError(
                f"{(models / target).parent} leads out of {models}; expected a folder that versions may be "
                "copied into: make it one, with links to single versions if need be"
            )
        if there.is_file() and there.read_bytes() != (folder / MANIFEST).read_bytes():
            raise ValueError(
                f"{models / target} is there with other contents; expected a version of its own: train again "
                "with --version"
            )
    return plan


def _change(models: Path, plan: _Plan, before: str, facts: Mapping[str, Any]) -> None:
    earlier = read_registry(models)
    for target, folder in plan.copies.items():
        _copy(folder, models / target)
    text = render_registry(plan.tiers, head=_HEAD, earlier=earlier)
    _check_tiers(models, plan.tiers)
    append_entry(models, PROMOTED, before, text, facts)
    replace_registry(models, text)


def _copy(source: Path, target: Path) -> None:
    """Copy a folder to where it is to lie, whole or not at all."""
    if (target / MANIFEST).is_file():
        return
    shutil.rmtree(target, ignore_errors=True)
    waiting = target.with_name(f".{target.name}.part")
    shutil.rmtree(waiting, ignore_errors=True)
    shutil.copytree(source, waiting)
    waiting.rename(target)


def _check_tiers(models: Path, tiers: Tiers) -> None:
    for folder, kind in sorted(
        {(value, KINDS[part]) for parts in tiers.values() for part, value in parts.items() if part in KINDS}
    ):
        open_folder(models / folder, kind)


def _check_text(models: Path, text: str) -> None:
    _check_tiers(models, tomllib.loads(text)["tiers"])


def _manifests(candidate: Candidate) -> dict[str, str]:
    return {
        part: _digest(Path(folder) / MANIFEST) for part, folder in candidate.parts.items() if part in KINDS
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
