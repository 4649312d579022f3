"""Run one lexicon tool in whatever environment has it: texts in on stdin, readings out on stdout, as JSONL.

Called as a file (``python peer_worker.py vader``), so that the environment
needs nothing of this project. The first line out names the tool's version;
each following line holds ``score`` in [-1, 1], and how strongly praise and
blame were found, ``positive`` and ``negative``, each in [0, 1].
"""

import importlib
import json
import re
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

Reading = tuple[float, float, float]
_PACKAGES = {"vader": "vaderSentiment", "textblob": "textblob", "oseti": "oseti", "asari": "asari"}
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?\n]*")


def main(tool: str) -> None:
    """Read texts, write readings.

    Parameters
    ----------
    tool : str
        ``vader``, ``textblob``, ``oseti`` or ``asari``.
    """
    tools = {"vader": _vader, "textblob": _textblob, "oseti": _oseti, "asari": _asari}
    read = tools[tool]()
    _write({"tool": tool, "version": version(_PACKAGES[tool])})
    for line in sys.stdin:
        score, positive, negative = read(json.loads(line)["text"])
        _write({"score": round(score, 6), "positive": round(positive, 6), "negative": round(negative, 6)})


def _vader() -> Callable[[str], Reading]:
    analyzer = importlib.import_module("vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer()

    def read(text: str) -> Reading:
        found = analyzer.polarity_scores(text)
        return found["compound"], found["pos"], found["neg"]

    return read


def _textblob() -> Callable[[str], Reading]:
    blob = importlib.import_module("textblob").TextBlob

    def read(text: str) -> Reading:
        found = blob(text).sentiment_assessments
        values = [assessment[1] for assessment in found.assessments]
        return found.polarity, max([0.0, *values]), max([0.0, *(-value for value in values)])

    return read


def _oseti() -> Callable[[str], Reading]:
    arguments = importlib.import_module("ipadic").MECAB_ARGS  # the dictionary that oseti expects
    analyzer = importlib.import_module("oseti").Analyzer(mecab_args=arguments)

    def read(text: str) -> Reading:
        try:
            values = [float(value) for value in analyzer.analyze(text)]
        except (IndexError, AttributeError):  # oseti fails on some texts without a sentence
            values = []
        score = sum(values) / max(len(values), 1)
        counts = analyzer.count_polarity(text) if values else []
        positive = sum(count["positive"] for count in counts)
        negative = sum(count["negative"] for count in counts)
        total = max(positive + negative, 1)
        return score, positive / total, negative / total

    return read


def _asari() -> Callable[[str], Reading]:
    _let_asari_use_any_locale()
    sonar = importlib.import_module("asari.api").Sonar()

    def positive(text: str) -> float:
        classes = {one["class_name"]: one["confidence"] for one in sonar.ping(text=text)["classes"]}
        return float(classes["positive"])

    def read(text: str) -> Reading:
        sentences = [positive(sentence) for sentence in _SENTENCE.findall(text)] or [0.5]
        return 2 * positive(text) - 1, max(sentences), 1 - min(sentences)

    return read


def _let_asari_use_any_locale() -> None:
    """Let asari's model lower-case letters where the system has no ``en_US.UTF-8``.

    Its ONNX graph asks for that locale when it names none; with ``C.UTF-8``
    the answers to 400 comments of our corpus were the same to the last digit.
    """
    onnx: Any = importlib.import_module("onnx")
    runtime: Any = importlib.import_module("onnxruntime")
    session = runtime.InferenceSession

    def open_session(path: str) -> Any:
        model = onnx.load(path)
        for node in model.graph.node:
            if node.op_type == "StringNormalizer":
                node.attribute.append(onnx.helper.make_attribute("locale", "C.UTF-8"))
        return session(model.SerializeToString())

    runtime.InferenceSession = open_session


def _write(row: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
