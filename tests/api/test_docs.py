"""The pages keep their word: every setting and error is described, every curl example works."""

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api import errors
from api.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_has_a_row_with_its_default(name: str) -> None:
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| `VOC_{name.upper()}` \| (.+?) \|", text, re.MULTILINE)
    assert row, f"docs/operations.md has no row for VOC_{name.upper()}"
    default = Settings.model_fields[name].default
    if default is None:
        assert row[1] == "unset"
    elif name != "config_dir":
        shown = f"{default:g}" if isinstance(default, float) else str(default)
        assert row[1] == f"`{shown}`"


def test_no_row_describes_a_setting_that_is_gone() -> None:
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `VOC_(\w+)`", text, re.MULTILINE)) == {
        name.upper() for name in Settings.model_fields
    }


def test_every_error_code_is_in_the_table() -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    known = errors.RequestError.__subclasses__()
    kinds: list[type[errors.ServiceError]] = [errors.InternalError, errors.UnavailableError, *known]
    for kind in kinds:
        if kind is not errors.RefusedCommentError:
            assert f"| {kind.status} |" in text
            assert f"`{kind.code}`" in text, kind


def test_every_curl_example_works(plain_client: TestClient) -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    examples = re.findall(r"```sh\n(curl .+?)```", text, re.DOTALL)
    assert len(examples) == 5
    for example in examples:
        [path] = re.findall(r"http://127\.0\.0\.1:8000([^\s\"]+)", example)
        body = re.search(r"-d '(.+)'", example, re.DOTALL)
        method, sent = ("POST", json.loads(body[1])) if body else ("GET", None)
        response = plain_client.request(method, path, json=sent)
        assert response.status_code in (200, 201), response.text
        assert response.json().get("errors", []) == []


def test_the_pages_name_every_path(plain_client: TestClient) -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    for path in plain_client.get("/openapi.json").json()["paths"]:
        assert re.sub(r"{\w+}", "{id}", path) in text, path
