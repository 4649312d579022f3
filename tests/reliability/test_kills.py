"""Twenty kills in the tests, ten on each database; the long run is `benchmarks/kills.py`."""

from pathlib import Path

from tests.reliability import kills


def test_nothing_is_lost_and_nothing_doubled(database_url: str, tmp_path: Path) -> None:
    report = kills.run(database_url, tmp_path, kills=10, clients=3, seed=4, with_jobs=False)
    assert report.service_kills + report.worker_kills == 10
    assert report.comments > 50
    assert report.tickets > 5
    assert report.events >= report.tickets
