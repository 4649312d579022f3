"""Time and memory of training all shipped heads anew, each kind in a process of its own.

The goals are 10 minutes and 6 GB. N-grams, sentiment, routing and themes are learnt by their configurations
into a temporary models folder. The encoder and the contextual network are not: the encoder is copied, and
heads are linear ones over it. Without --data the authored corpus alone is learnt from, with it also the
public sets that the configurations name.
"""

import argparse
import json
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from table import ROOT
from watching import check_system, keep_to_cores, watch

sys.path.insert(0, str(ROOT))

from training.evaluate.markdown import table
from voc_nlp.loading import read_tier

KINDS = ("ngrams", "sentiment", "routing", "themes")

TRAIN = """
import sys
from pathlib import Path
from training.config import read_config
from training.retrain import turn_to
from training.runs import train
kind, models, data, encoder = sys.argv[1:5]
config = read_config(kind)
parts = {"encoder": encoder, "ngrams": config.settings.get("ngrams", "")}
train(turn_to(config, "", parts, bool(data)), Path(data) if data else None, Path(models))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with the public sets; without it the corpus alone")
    parser.add_argument(
        "--kinds", nargs="+", default=KINDS, choices=KINDS, help="what to train, in this order"
    )
    parser.add_argument("--cores", type=int, default=2, help="keep to that many cores")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    check_system()
    keep_to_cores(options.cores)
    data = "" if options.data is None else str(options.data.resolve())
    shipped = ROOT / "models"
    encoder = read_tier(shipped, "default")["encoder"]
    figures: list[tuple[str, float, float, float]] = []
    with tempfile.TemporaryDirectory(prefix="voc-retraining-") as folder:
        models = Path(folder) / "models"
        shutil.copytree(shipped / encoder, models / encoder)
        if "ngrams" not in options.kinds:
            shutil.copytree(shipped / "ngrams", models / "ngrams")
        for kind in options.kinds:
            found = watch([sys.executable, "-c", TRAIN, kind, str(models), data, encoder])
            if found.code != 0:
                raise SystemExit(f"the training of {kind} ended with {found.code}")
            figures.append((kind, found.seconds, found.cpu_seconds, found.together_mib()))
            print(
                f"{kind}: {found.seconds:.0f} s, {found.together_mib():.0f} MiB", file=sys.stderr, flush=True
            )
    whole = [sum(one[at] for one in figures) for at in (1, 2)]
    figures.append(("all", whole[0], whole[1], max(one[3] for one in figures)))
    learnt = "corpus and public sets" if data else "corpus"
    note = f"{learnt}; Python {platform.python_version()}, {platform.machine()}, {options.cores} cores"
    rows = [[name, f"{wall:,.1f}", f"{cpu:,.1f}", f"{peak:,.0f}"] for name, wall, cpu, peak in figures]
    print(f"Learnt from {note}.\n\n{table(['head', 'seconds', 'CPU seconds', 'peak MiB'], rows)}")
    if options.out is not None:
        names = ("head", "seconds", "cpu_seconds", "peak_mib")
        written = {
            "title": "retraining",
            "note": note,
            "figures": [dict(zip(names, one, strict=True)) for one in figures],
        }
        options.out.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
