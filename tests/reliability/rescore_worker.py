"""A worker process that re-scores with the doubles, slowly enough to be killed in the middle of a part."""

import os
import time
from collections.abc import Sequence

from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.clock import utc_now
from api.db.engine import Database
from api.main import create_app
from api.policy.rulebook import load_rulebook
from api.settings import Settings
from api.worker.rescoring import RescoreLane
from tests.api.doubles import WordAnalyzer
from tests.api.rescoring.rescore_calls import EN_LATE, JA_LATE, NewerAnalyzer
from voc_nlp.schema import Analysis, Comment, Refusal

PARTS = 12
COMMENTS = PARTS * 10


class SlowAnalyzer(NewerAnalyzer):
    """Takes a while over each batch."""

    def analyze(self, comments: Sequence[Comment | str]) -> list[Analysis | Refusal]:
        """Analyse a batch."""
        time.sleep(0.05)
        return super().analyze(comments)


def fill(database_url: str, key: str) -> None:
    """Store comments that all get another label."""
    app = create_app(Settings(database_url=database_url, bootstrap_key=SecretStr(key)), WordAnalyzer())
    client = TestClient(app, headers={"Authorization": f"Bearer {key}"})
    for start in range(0, COMMENTS, 60):
        documents = [
            {"source": "s", "external_id": str(number), "text": JA_LATE if number % 2 else EN_LATE}
            for number in range(start, min(COMMENTS, start + 60))
        ]
        assert client.post("/v1/comments/batch", json={"comments": documents}).status_code == 200
    app.state.database.dispose()


def main() -> None:
    """Work until it is ended."""
    settings = Settings(database_url=os.environ["VOC_DATABASE_URL"])
    database = Database(settings.database_url)
    analyzer = SlowAnalyzer()
    lane = RescoreLane(database, lambda: analyzer, load_rulebook(settings.config_dir), utc_now)
    while True:
        lane.run_once()
        time.sleep(0.05)


if __name__ == "__main__":
    main()
