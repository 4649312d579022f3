"""What is shipped and how big it is: models by file, the wheel."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from table import ROOT, show

MEGABYTE = 1_000_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skip-wheel", action="store_true", help="do not build the wheel")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    models = ROOT / "models"
    files = sorted(path for path in models.rglob("*") if path.is_file())
    sizes = {path: path.stat().st_size / MEGABYTE for path in files}
    rows = [
        (str(path.relative_to(ROOT)), size, "MB")
        for path, size in sorted(sizes.items(), key=lambda item: -item[1])
        if size >= 0.01
    ]
    rows.append(("models/, all files", sum(sizes.values()), "MB"))
    if not options.skip_wheel:
        rows.append(("wheel", wheel(), "MB"))
    show("size", rows, options.out)


def wheel() -> float:
    """Build the wheel and weigh it."""
    with tempfile.TemporaryDirectory() as folder:
        build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, str(ROOT)]
        subprocess.run(build, check=True, capture_output=True)
        (path,) = Path(folder).glob("*.whl")
        return path.stat().st_size / MEGABYTE


if __name__ == "__main__":
    main()
