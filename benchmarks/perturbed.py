"""As many comments as are asked for, made by repeating and perturbing our own, few of them equal."""

import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from table import ROOT

sys.path.insert(0, str(ROOT))

from training.data.corpus import read_corpus
from voc_nlp.schema import Language
from voc_nlp.text.tokenize import tokenizer_for

LANGUAGES = ("ja", "en")
SAMPLES = ("comments.jsonl", "journal.jsonl")
CHANNELS = ("app", "call", "mail", "shop", "survey", "web")

_NUMBER = re.compile(r"[0-9]+")
_SWAPS = (0, 1, 1, 2, 3)
"""How many neighbouring words change places; each is as likely."""

_ADDED_SENTENCE = 0.6
"""Share of comments that get a sentence of another one."""


def write_perturbed(path: Path, size: int, seed: int) -> int:
    """Write comments as JSONL, one at a time; return how many were equal to an earlier one."""
    seen: set[int] = set()
    with path.open("w", encoding="utf-8") as file:
        for row in perturbed(size, seed):
            seen.add(hash(row["text"]))
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return size - len(seen)


def perturbed(size: int, seed: int) -> Iterator[dict[str, object]]:
    """Yield comments with the columns of a survey; the same size and seed give the same comments."""
    generator = random.Random(seed)
    own = own_comments()
    sentences = {
        lang: [one for kind, text in own if kind == lang for one in _cut(text)] for lang in LANGUAGES
    }
    words: dict[int, list[str]] = {}
    order: list[int] = []
    for number in range(size):
        if not order:
            order = generator.sample(range(len(own)), len(own))
        at = order.pop()
        lang, text = own[at]
        if at not in words:
            words[at] = _words(lang, text)
        text = _swapped(words[at], generator)
        if generator.random() < _ADDED_SENTENCE:
            text += ("" if lang == "ja" else " ") + generator.choice(sentences[lang])
        text = _NUMBER.sub(lambda found: str(generator.randrange(10 ** len(found[0]))), text)
        nps = generator.randrange(11) if generator.random() < 0.5 else None
        yield {
            "id": f"p-{number:09}",
            "text": text,
            "channel": generator.choice(CHANNELS),
            "customer_id": f"c-{generator.randrange(size):08}",
            "nps": nps,
        }


def own_comments() -> list[tuple[str, str]]:
    """Return language and text of every comment of the corpus and the samples."""
    found = [(lang, row.text) for lang in LANGUAGES for row in read_corpus(lang)]
    for name in SAMPLES:
        for line in (ROOT / "samples" / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["lang"] in LANGUAGES:
                found.append((row["lang"], row["text"]))
    return found


def _cut(text: str) -> list[str]:
    """Cut a text into sentences, roughly."""
    return [one.strip() for one in re.split(r"(?<=[。！？.!?])\s*", text) if one.strip()]


def _words(lang: str, text: str) -> list[str]:
    """Cut a text into words that give it again when they are joined."""
    starts = [token.start for token in tokenizer_for(Language(lang)).tokenize(text)]
    edges = [0, *[start for start in starts if start > 0], len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


def _swapped(words: Sequence[str], generator: random.Random) -> str:
    """Let a few neighbouring words change places."""
    changed = list(words)
    for _ in range(generator.choice(_SWAPS) if len(words) > 3 else 0):
        at = generator.randrange(len(changed) - 2)
        changed[at], changed[at + 1] = changed[at + 1], changed[at]
    return "".join(changed)
