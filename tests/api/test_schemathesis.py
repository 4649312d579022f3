"""Whatever the OpenAPI document lets one send, and what it does not: every answer is a documented one.

The operations are read from the document: a route that is added is covered by itself.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from pydantic import SecretStr
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.db.engine import Database
from api.main import create_app
from api.settings import Settings
from tests.api.conftest import BOOTSTRAP_KEY, MovedClock
from tests.api.theme_calls import fill, post
from voc_nlp import load_analyzer

EXAMPLES = int(os.environ.get("VOC_TEST_SCHEMATHESIS_EXAMPLES", "8"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def _app(url: str) -> FastAPI:
    """Build the service on a database."""
    made = Settings(database_url=url, bootstrap_key=SecretStr(BOOTSTRAP_KEY))
    return create_app(made, load_analyzer(tier="fast"), MovedClock())


def _schema() -> Any:
    """Read the document of an application that is asked nothing else."""
    generation = GenerationConfig(deterministic=True, max_examples=EXAMPLES)
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))
    app = _app("sqlite:///unused.sqlite3")
    schema = schemathesis.openapi.from_dict(app.openapi(), config=config)
    schema.app = app
    return schema


@schemathesis.serializer("application/x-ndjson")
def lines_of(_context: Any, value: Any) -> bytes:
    """Send values as JSON lines."""
    return "\n".join(json.dumps(one) for one in (value if isinstance(value, list) else [value])).encode()


schema = _schema()


KEY = {"Authorization": f"Bearer {BOOTSTRAP_KEY}"}


@pytest.fixture(scope="module")
def app(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """Yield the service with a few comments and tickets."""
    path = tmp_path_factory.mktemp("schemathesis") / "voc.sqlite3"
    shutil.copy(sqlite_template, path)
    app = _app(f"sqlite:///{path}")
    client = TestClient(app, headers=KEY)
    fill(client)
    post(client, "t1", "配送が最悪です。解約します", customer_id="C-1", nps=0)
    post(client, "t2", "The delivery is late, I cancel", customer_id="C-2", nps=0)
    yield app
    database: Database = app.state.database
    database.dispose()


def _known_id(app: FastAPI, path: str) -> str | None:
    """Find an id that a path may name: that of the first item of the list before it, if there is one."""
    before, parameter, _ = path.partition("/{")
    answer = TestClient(app, headers=KEY).get(before) if parameter else None
    if answer is None or answer.status_code != 200 or not answer.json().get("items"):
        return None
    item = answer.json()["items"][0]
    return str(item.get("id") or item.get("number") or item["comment"]["id"])


@schema.parametrize()
@settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_documented(case: Any, app: FastAPI) -> None:
    case.validate_response(case.call(app=app, headers=KEY), checks=CHECKS)
    headers = dict(KEY)
    declared = {parameter["name"] for parameter in case.operation.definition.raw.get("parameters", ())}
    if "If-Match" in declared:
        headers["If-Match"] = "*"
    known = _known_id(app, case.path)
    if known and len(case.path_parameters) == 1:
        case.path_parameters = dict.fromkeys(case.path_parameters, known)
    if known or len(headers) > len(KEY):
        case.validate_response(case.call(app=app, headers=headers), checks=CHECKS)
