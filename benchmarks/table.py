"""How every benchmark shows its figures: a small table on stdout, JSON where a file is named."""

import json
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def show(title: str, rows: Sequence[tuple[str, float, str]], out: Path | None) -> None:
    """Print (name, value, unit) rows, and write them to `out` when it is given."""
    print(f"{title} (Python {platform.python_version()}, {platform.machine()})")
    width = max(len(name) for name, _, _ in rows)
    for name, value, unit in rows:
        shown = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"
        print(f"  {name:<{width}}  {shown:>10} {unit}")
    sys.stdout.flush()
    if out is not None:
        figures = [{"name": name, "value": value, "unit": unit} for name, value, unit in rows]
        out.write_text(json.dumps({"title": title, "figures": figures}, indent=2) + "\n", encoding="utf-8")
