"""Kills service and worker at random points during load, on both databases, and checks that nothing is amiss.

Run it from the checkout as ``.venv/bin/python -m benchmarks.kills --kills 200``.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.db.engine import Database
from api.db.upgrade import upgrade
from tests.api.postgres import fresh_database, postgres_server
from tests.reliability import kills


def main() -> None:
    """Run both databases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="on each database")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--with-models", action="store_true", help="the shipped models, not the double")
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    figures = {}
    for name in options.databases:
        with _database_url(name) as url, tempfile.TemporaryDirectory(prefix="voc-kills-") as folder:
            report = kills.run(
                url,
                Path(folder),
                kills=options.kills,
                clients=options.clients,
                seed=options.seed,
                with_models=options.with_models,
            )
        figures[name] = report.to_dict()
        print(name, json.dumps(figures[name]))
    names = list(next(iter(figures.values())))
    print("| |", " | ".join(figures), "|")
    print("|---|" + "---|" * len(figures))
    for name in names:
        print(f"| {name.replace('_', ' ')} |", " | ".join(str(each[name]) for each in figures.values()), "|")
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


@contextmanager
def _database_url(kind: str) -> Iterator[str]:
    """Yield an empty, upgraded database."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="voc-kills-db-") as folder:
            url = f"sqlite:///{Path(folder) / 'voc.sqlite3'}"
            _upgrade(url)
            yield url
        return
    with postgres_server() as server, fresh_database(server) as url:
        _upgrade(url)
        yield url


def _upgrade(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.dispose()


if __name__ == "__main__":
    main()
