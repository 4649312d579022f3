"""Comments a second on one core, whole and by stage, beside fugashi on the same text."""

from one_core import pin_to_one_core, seconds  # isort: skip  # before numpy and the tokenizer are loaded

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from table import ROOT, show

sys.path.insert(0, str(ROOT))

from training.data.corpus import read_corpus
from voc_nlp.features import Featurizer, NgramVocabulary
from voc_nlp.loading import REGISTRY, load_analyzer, load_embedder, shipped_models
from voc_nlp.routing.rules import find_phrases
from voc_nlp.schema import Language
from voc_nlp.text.language import identify_language
from voc_nlp.text.normalize import normalize
from voc_nlp.text.prepare import prepare
from voc_nlp.text.privacy import find_pii
from voc_nlp.text.segment import split_sentences
from voc_nlp.text.tokenize import tokenizer_for

Row = tuple[str, float, str]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=2000, help="comments a language")
    parser.add_argument("--repeats", type=int, default=3, help="runs a figure; the median is shown")
    parser.add_argument("--tier", default="default", help="which models")
    parser.add_argument("--skip-command", action="store_true", help="leave `voc analyze` out")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    pin_to_one_core()
    texts = {lang: [row.text for row in read_corpus(lang)][: options.comments] for lang in ("ja", "en")}
    analyzer = load_analyzer(tier=options.tier)
    rows: list[Row] = []
    whole = {}
    for lang, some in texts.items():
        whole[lang] = seconds(lambda some=some: analyzer.analyze(some), options.repeats)
        rows.append((f"{lang}: characters a comment", statistics.mean(map(len, some)), ""))
        rows.append((f"{lang}: analyze, all fields", len(some) / whole[lang], "comments/s"))
    both = len(texts["ja"]) + len(texts["en"])
    rows.append(("both: analyze, all fields", both / sum(whole.values()), "comments/s"))
    fugashi = seconds(fugashi_alone(texts["ja"]), options.repeats)
    rows.append(("ja: fugashi alone", len(texts["ja"]) / fugashi, "comments/s"))
    rows.append(("ja: analyze / fugashi alone", whole["ja"] / fugashi, "times its time"))
    for lang, some in texts.items():
        rows += stages(lang, some, options.repeats)
    if not options.skip_command:
        rows.append(("both: voc analyze, file to file", both / command(texts, options.tier), "comments/s"))
    show("throughput on one core", rows, options.out)


def fugashi_alone(texts: list[str]) -> Callable[[], object]:
    """Tokenise with fugashi and read the surfaces, the least that anyone needs."""
    import fugashi

    tagger = fugashi.Tagger()
    return lambda: [[word.surface for word in tagger(text)] for text in texts]


def stages(lang: str, texts: list[str], repeats: int) -> list[Row]:
    """Measure the stages one by one, in microseconds a comment; they need not add up to the whole."""
    language = Language(lang)
    clean = [normalize(text).text for text in texts]
    embedder = load_embedder()
    featurizer = Featurizer(embedder, load_ngrams())
    pieces = embedder.pieces(clean)
    work: dict[str, Callable[[], object]] = {
        "normalize": lambda: [normalize(text) for text in texts],
        "language": lambda: [identify_language(text) for text in clean],
        "tokenize": lambda: [tokenizer_for(language).tokenize(text) for text in clean],
        "sentences": lambda: [split_sentences(text, language) for text in clean],
        "prepare, words when they are asked for": lambda: [prepare(text) for text in texts],
        "personal data": lambda: [find_pii(text, language) for text in texts],
        "phrases": lambda: [find_phrases(text, language) for text in clean],
        "pieces": lambda: [embedder.pieces(clean[i : i + 256]) for i in range(0, len(clean), 256)],
        "features": lambda: featurizer.featurize(pieces.whole()),
    }
    return [
        (f"{lang}: {name}", seconds(one, repeats) / len(texts) * 1e6, "µs/comment")
        for name, one in work.items()
    ]


def load_ngrams() -> NgramVocabulary:
    """Load the n-grams of the default tier, as `load_embedder` does the encoder."""
    models = shipped_models()
    tiers = tomllib.loads((models / REGISTRY).read_text(encoding="utf-8"))["tiers"]
    return NgramVocabulary.load(models / tiers["default"]["ngrams"])


def command(texts: dict[str, list[str]], tier: str) -> float:
    """Time `voc analyze` with one worker from a JSONL file to a JSONL file, start of the process included."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        lines = [json.dumps({"text": text}, ensure_ascii=False) for some in texts.values() for text in some]
        source.write_text("\n".join(lines) + "\n", encoding="utf-8")
        start = time.perf_counter()
        run = subprocess.run(
            [sys.executable, "-m", "voc_nlp.cli", "analyze", str(source), str(target), "--tier", tier],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        taken = time.perf_counter() - start
        if run.returncode not in (0, 3):
            raise SystemExit(f"voc analyze ended with {run.returncode}: {run.stderr}")
        return taken


if __name__ == "__main__":
    main()
