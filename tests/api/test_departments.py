"""GET /v1/departments, and what the taxonomy hands to the models at start."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.main import create_app
from api.settings import Settings
from tests.api.doubles import WordAnalyzer

CONFIG = Path(Settings.model_fields["config_dir"].default)
GREEN = """
[[departments]]
id = "green"
name_ja = "サステナビリティ"
name_en = "Sustainability"
description_ja = "環境への配慮"
description_en = "Care for the environment"
examples = ["包装が多すぎる", "So much plastic"]
keywords = ["リサイクル", "recycling"]
owners = ["森 さくら"]
languages = ["ja", "en"]
"""


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str) -> Settings:
    """Return settings whose taxonomy has one department more and no billing."""
    shutil.copy(CONFIG / "policy.toml", tmp_path)
    text = (CONFIG / "taxonomy.toml").read_text(encoding="utf-8")
    start = text.index('[[departments]]\nid = "billing"')
    end = text.index("[[departments]]", start + 1)
    (tmp_path / "taxonomy.toml").write_text(text[:start] + text[end:] + GREEN, encoding="utf-8")
    return Settings(database_url=sqlite_url, bootstrap_key=SecretStr("k"), config_dir=tmp_path)


@pytest.fixture
def green_client(settings: Settings) -> Iterator[TestClient]:
    """Yield a client of a service with that taxonomy."""
    with TestClient(create_app(settings, WordAnalyzer()), headers={"Authorization": "Bearer k"}) as client:
        yield client


def test_departments_are_listed_in_both_languages(plain_client: TestClient) -> None:
    body = plain_client.get("/v1/departments").json()
    assert body["next_cursor"] is None
    assert len(body["items"]) == 11
    [logistics] = [item for item in body["items"] if item["id"] == "logistics"]
    assert logistics["name"] == {"ja": "物流・配送", "en": "Logistics"}
    assert logistics["description"]["ja"].startswith("配送")
    assert logistics["description"]["en"].startswith("Delivery")
    assert {item["id"]: item["known_by"] for item in body["items"]} == {
        item["id"]: None if item["id"] == "triage" else "training" for item in body["items"]
    }


def test_a_new_department_is_known_by_a_prototype(green_client: TestClient) -> None:
    items = {item["id"]: item for item in green_client.get("/v1/departments").json()["items"]}
    assert "billing" not in items
    assert items["green"] == {
        "id": "green",
        "name": {"ja": "サステナビリティ", "en": "Sustainability"},
        "description": {"ja": "環境への配慮", "en": "Care for the environment"},
        "examples": ["包装が多すぎる", "So much plastic"],
        "keywords": ["リサイクル", "recycling"],
        "owners": ["森 さくら"],
        "languages": ["ja", "en"],
        "known_by": "prototype",
    }


def test_the_call_needs_the_scope_read(plain_client: TestClient, make_key: Callable[..., str]) -> None:
    for scopes, status in (("read", 200), ("score,ticket", 403)):
        headers = {"Authorization": f"Bearer {make_key(plain_client, scopes=scopes)}"}
        assert plain_client.get("/v1/departments", headers=headers).status_code == status
    assert plain_client.get("/v1/departments", headers={"Authorization": "Bearer no"}).status_code == 401


def test_the_models_are_loaded_with_the_departments(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def load_parts(folder: object, parts: object, departments: list[object]) -> WordAnalyzer:
        asked.append([getattr(one, "id", "") for one in departments])
        return WordAnalyzer()

    monkeypatch.setattr("voc_nlp.loading.load_parts", load_parts)
    with TestClient(create_app(settings.model_copy(update={"analysis_processes": 0}))):
        pass
    [ids] = asked
    assert "green" in ids
    assert "billing" not in ids
