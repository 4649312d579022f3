"""What heads learn from: the corpus, public sets and labelled files, and the classes of every task."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from training.config import TrainingConfig
from training.data.labelled import Labelled
from training.data.labelled_file import LabelledFile, read_labelled_files
from training.data.mixture import read_public
from training.data.splits import Split, split_labelled
from training.heads.classes import check_classes
from training.heads.tasks import DEPARTMENTS, LABELS, departments_of, label_lists, seen_labels, target
from voc_nlp.routing.model import NOBODY

TASKS: Mapping[str, tuple[str, ...]] = {
    "sentiment": ("sentiment", "aspects"),
    "routing": ("owner", "departments", "intent", "urgency", "churn"),
}
"""What each kind of model that learns from labelled files is taught."""

FROM_FILES = "files"
LEAST_EXAMPLES = 10
"""Three departments of the corpus, learnt from 5, 10, 20 and 40 comments each (mean of three draws):
macro-F1 0.50, 0.57, 0.64 and 0.68 on the test writers."""

BALANCE = 1.0
"""With 200, 40 and 20 comments of them: macro-F1 0.53 at 0, 0.55 at 0.5, 0.58 at 1 (ECE 0.13, 0.12, 0.11)."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Everything that one run learns from and is measured on.

    Parameters
    ----------
    train, dev, test : tuple[Labelled, ...]
        To learn from, to calibrate on, to report on.
    weights : Mapping[str, float]
        Weight by source.
    labels : Mapping[str, tuple[str, ...]]
        Classes by task.
    taught : frozenset[str]
        Tasks that are learnt; the others are taken over from the models that the run starts from.
    own : frozenset[str]
        Tasks whose classes are the customer's own.
    files : tuple[LabelledFile, ...]
        The labelled files.
    balance : float
        How far rare classes of the customer's own are lifted; shipped classes keep their shares.
    """

    train: tuple[Labelled, ...]
    dev: tuple[Labelled, ...]
    test: tuple[Labelled, ...]
    weights: Mapping[str, float]
    labels: Mapping[str, tuple[str, ...]]
    taught: frozenset[str]
    own: frozenset[str] = frozenset()
    files: tuple[LabelledFile, ...] = ()
    balance: float = 0.0


def gather_examples(
    config: TrainingConfig,
    corpus: Split,
    data: Path | None,
    *,
    skip_broken: bool = False,
    every_task: bool = False,
) -> Examples:
    """Read what a configuration names.

    Parameters
    ----------
    config : TrainingConfig
        What to train.
    corpus : Split
        The authored corpus.
    data : Path | None
        Folder with the public sets; None where none is learnt from.
    skip_broken : bool
        Whether to go on without the rows of labelled files that cannot be used.
    every_task : bool
        Whether tasks are taught that the labelled files say nothing of: there is nothing to take over.

    Returns
    -------
    Examples
        With classes of the customer's own where the configuration or the files name such.

    Raises
    ------
    ValueError
        If a labelled file cannot be used, says nothing of this kind of model, names a class that there is
        not, or has too few examples of one.
    """
    public = [] if data is None else read_public(data, config.sources, seed=config.seed)
    taught = frozenset(TASKS.get(config.kind, ()))
    if config.labels and not config.files:
        raise ValueError(
            "the configuration has classes of its own ([labels]) and no labelled file; give --labels"
        )
    if not config.files:
        rows = (*corpus.train, *public)
        return Examples(rows, corpus.dev, corpus.test, dict(config.sources), LABELS, taught)
    files = read_labelled_files([Path(path) for path in config.files], skip_broken=skip_broken)
    given = [row for file in files for row in file.rows]
    labels, own = _choose_labels(config, given)
    _check_known(files, labels)
    taught = frozenset(task for task in taught if any(_says(row, task) for row in given))
    if every_task and taught:
        taught = frozenset(TASKS[config.kind])
    if not taught:
        names = ", ".join(TASKS[config.kind])
        raise ValueError(
            f"{', '.join(file.name for file in files)}: no comment is labelled for {config.kind} ({names}); "
            "add one of these columns, or train another kind"
        )
    split = split_labelled(given)
    if not split.test or not split.train:
        writers = len({row.group for row in given if row.group})
        raise ValueError(
            f"{len(given)} comments of {writers} writers leave nothing to learn from or nothing held out; "
            "label more comments, or leave the column of writers out"
        )
    settings = config.settings.get("classes", {})
    least = settings.get("least_examples", LEAST_EXAMPLES)
    nobody = _sample_nobody(corpus, split.train, most=_largest(split.train), least=least, seed=config.seed)
    learnt = (*_silence([*corpus.train, *public], own, nobody), *split.train)
    weights = {**config.sources, **{Path(path).name: weight for path, weight in config.files.items()}}
    kept = [row for row in learnt if row.source in weights and any(_says(row, task) for task in taught)]
    check_classes(
        kept,
        split.test,
        {**labels, "owner": departments_of(labels)},
        [task for task in ("owner", "intent", "urgency", "churn", "sentiment") if task in taught],
        least=least,
    )
    return Examples(
        train=tuple(kept),
        dev=_silence(corpus.dev, own),
        test=(*_silence(corpus.test, own), *split.test),
        weights=weights,
        labels=labels,
        taught=taught,
        own=own,
        files=tuple(files),
        balance=float(settings.get("balance", BALANCE)),
    )


def _choose_labels(
    config: TrainingConfig, rows: Sequence[Labelled]
) -> tuple[Mapping[str, tuple[str, ...]], frozenset[str]]:
    """Choose the classes; ids that are all shipped ones are a correction of the shipped taxonomy."""
    seen_departments, seen_intents = seen_labels(rows)
    departments = _list(config, "departments", seen_departments, DEPARTMENTS)
    intents = _list(config, "intents", seen_intents, LABELS["intent"])
    own = [
        *(("owner", "departments") if departments != DEPARTMENTS else ()),
        *(("intent",) if intents != LABELS["intent"] else ()),
    ]
    return label_lists(departments, intents), frozenset(own)


def _list(
    config: TrainingConfig, name: str, seen: tuple[str, ...], shipped: tuple[str, ...]
) -> tuple[str, ...]:
    wanted = config.labels.get(name)
    if wanted is None or (wanted == FROM_FILES and set(seen) <= set(shipped)):
        return shipped
    if wanted == FROM_FILES:
        return seen
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, str) for one in wanted):
        raise ValueError(f'[labels] {name} is {wanted!r}; expected a list of ids, or "{FROM_FILES}"')
    if len(set(wanted)) < len(wanted) or NOBODY in wanted:
        raise ValueError(f"[labels] {name} holds an id twice, or {NOBODY!r}; expected each id once")
    return shipped if set(wanted) == set(shipped) else tuple(wanted)


def _check_known(files: Sequence[LabelledFile], labels: Mapping[str, Sequence[str]]) -> None:
    for file in files:
        departments, intents = seen_labels(file.rows)
        for task, seen in (("owner", departments), ("intent", intents)):
            unknown = sorted(set(seen) - set(labels[task]))
            if unknown:
                raise ValueError(
                    f"{file.name} names {', '.join(unknown)}, which [labels] does not; expected "
                    f"{', '.join(labels[task])}. Add them to [labels], or mend the file"
                )


def _says(row: Labelled, task: str) -> bool:
    if task == "departments":
        return row.departments is not None
    return row.aspects is not None if task == "aspects" else target(row, task) is not None


def _largest(rows: Sequence[Labelled]) -> int:
    counts: dict[str, int] = {}
    for row in rows:
        owner = target(row, "owner")
        if owner not in (None, NOBODY):
            counts[str(owner)] = counts.get(str(owner), 0) + 1
    return max(counts.values(), default=0)


def _sample_nobody(
    corpus: Split, own: Sequence[Labelled], *, most: int, least: int, seed: int
) -> frozenset[str]:
    """Choose comments of the corpus that nobody owns, where the labelled files hold too few such."""
    if sum(row.departments == () for row in own) >= least:
        return frozenset()
    texts = sorted({row.text for row in corpus.train if row.departments == ()})
    return frozenset(random.Random(seed).sample(texts, min(most, len(texts))))


def _silence(
    rows: Iterable[Labelled], own: frozenset[str], nobody: frozenset[str] = frozenset()
) -> tuple[Labelled, ...]:
    """Take from other sources what they say in classes that are not the customer's."""
    found = []
    for row in rows:
        if "owner" in own and not (row.departments == () and row.text in nobody):
            row = replace(row, departments=None)
        if "intent" in own:
            row = replace(row, intent=None)
        found.append(row)
    return tuple(found)
