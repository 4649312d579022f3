"""Lexicon tools as peers: their readings of texts, and the rules that turn readings into sentiment."""

import hashlib
import itertools
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.evaluate.metrics import plain_macro_f1
from training.heads.tasks import LABELS

THREE = ("positive", "neutral", "negative")
"""Classes of a tool that knows no mixed sentiment."""

_WORKER = Path(__file__).with_name("peer_worker.py")
_TIMEOUT_S = 600
_NEVER = 2.0
_BANDS = (
    -0.9,
    -0.8,
    -0.6,
    -0.4,
    -0.3,
    -0.2,
    -0.1,
    -0.05,
    -0.001,
    0.001,
    0.05,
    0.1,
    0.2,
    0.3,
    0.4,
    0.6,
    0.8,
    0.9,
)
_MIXED = (0.001, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, _NEVER)


class PeerUnavailableError(Exception):
    """A tool cannot run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tool says of a text: a score in [-1, 1], strength of praise and of blame in [0, 1]."""

    score: float
    positive: float
    negative: float


@dataclass(frozen=True, slots=True)
class Rule:
    """From a reading to a label: mixed first, then positive or negative outside the band, else neutral."""

    low: float
    high: float
    mixed_from: float = _NEVER

    def label(self, reading: Reading) -> str:
        """Name the sentiment of a reading.

        Parameters
        ----------
        reading : Reading
            What the tool says.

        Returns
        -------
        str
            One of the four labels; ``mixed`` only if the rule knows it.
        """
        if min(reading.positive, reading.negative) >= self.mixed_from:
            return "mixed"
        if reading.score >= self.high:
            return "positive"
        return "negative" if reading.score <= self.low else "neutral"


@dataclass(frozen=True, slots=True)
class PeerTool:
    """A lexicon tool: how it is called here, its language, and the rule its authors publish."""

    name: str
    title: str
    lang: str
    published: Rule


TOOLS = (
    PeerTool("oseti", "oseti", "ja", Rule(-1e-9, 1e-9)),
    PeerTool("asari", "asari", "ja", Rule(0.0, 0.0)),
    PeerTool("vader", "VADER", "en", Rule(-0.05, 0.05)),
    PeerTool("textblob", "TextBlob", "en", Rule(-1e-9, 1e-9)),
)


def read_texts(tool: PeerTool, texts: Sequence[str], python: Path, cache: Path) -> tuple[str, list[Reading]]:
    """Let a tool read texts; the cache answers when it knows them all.

    A tool that does not run in that environment makes a `PeerUnavailableError`.

    Parameters
    ----------
    tool : PeerTool
        The tool.
    texts : Sequence[str]
        Texts of its language.
    python : Path
        Interpreter of an environment that has the tool; not started when the cache knows every text.
    cache : Path
        Folder of the cache; made when missing.

    Returns
    -------
    tuple[str, list[Reading]]
        The tool's version and one reading a text, in order.
    """
    path = cache / f"{tool.name}.json"
    worker = hashlib.sha256(_WORKER.read_bytes()).hexdigest()
    keys = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in texts]
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if known.get("worker") != worker or not known["readings"].keys() >= set(keys):
        version, fresh = _run(tool, texts, python)
        known = {"worker": worker, "version": version, "readings": dict(zip(keys, fresh, strict=True))}
        cache.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(known), encoding="utf-8")
    return str(known["version"]), [Reading(*known["readings"][key]) for key in keys]


def tune(readings: Sequence[Reading], truth: Sequence[str], *, mixed: bool) -> Rule:
    """Choose the rule with the best macro-F1; a help that no user of the tool has without labels.

    Parameters
    ----------
    readings : Sequence[Reading]
        What the tool says of comments that are not measured on.
    truth : Sequence[str]
        Their sentiment.
    mixed : bool
        Whether the rule may answer ``mixed``; comments with that label are left out otherwise.

    Returns
    -------
    Rule
        The first of the best.
    """
    pairs = [(r, t) for r, t in zip(readings, truth, strict=True) if mixed or t != "mixed"]
    labels = LABELS["sentiment"] if mixed else THREE
    rules = [
        Rule(low, high, mixed_from)
        for low, high in itertools.combinations_with_replacement(_BANDS, 2)
        for mixed_from in (_MIXED if mixed else (_NEVER,))
    ]
    right = [t for _, t in pairs]
    return max(rules, key=lambda rule: plain_macro_f1(right, [rule.label(r) for r, _ in pairs], labels))


def _run(tool: PeerTool, texts: Sequence[str], python: Path) -> tuple[str, list[list[float]]]:
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    try:
        done = subprocess.run(  # noqa: S603 - the interpreter is the caller's choice
            [str(python), str(_WORKER), tool.name],
            input=lines,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONUTF8": "1"},
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerUnavailableError(f"{type(error).__name__} on starting {tool.name}") from error
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise PeerUnavailableError(said[-1][:200])
    header, *rows = (json.loads(line) for line in done.stdout.splitlines())
    return str(header["version"]), [[row["score"], row["positive"], row["negative"]] for row in rows]
