"""The container's files: every copied path exists, no secret has a default, the process is no root."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def instructions() -> list[tuple[str, str]]:
    """Read the Dockerfile: instruction and rest, continued lines joined."""
    joined = re.sub(r"\\\n", " ", DOCKERFILE)
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def test_the_dockerfile_holds_known_instructions_only() -> None:
    known = {
        "FROM", "WORKDIR", "ENV", "RUN", "COPY", "ARG", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD"
    }  # fmt: skip
    assert {name for name, _ in instructions()} <= known
    assert instructions()[0][0] == "FROM"


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    copied = [rest for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    assert copied
    for rest in copied:
        *sources, _target = shlex.split(rest)
        for source in sources:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignore, source


def test_the_process_is_no_root() -> None:
    users = [rest for name, rest in instructions() if name == "USER"]
    assert users == ["voc"]


def test_the_image_runs_the_services_commands() -> None:
    from api.__main__ import command_line

    commands = [
        service["command"] for name, service in COMPOSE["services"].items() if name in ("api", "worker")
    ]
    assert len(commands) == 2
    for command in commands:
        assert command[:3] == ["python", "-m", "api"]
        command_line().parse_args(command[3:])


@pytest.mark.parametrize("name", ["api", "worker"])
def test_settings_of_compose_are_settings_of_the_service(name: str) -> None:
    from api.settings import Settings

    for variable in COMPOSE["services"][name]["environment"]:
        assert variable.removeprefix("VOC_").lower() in Settings.model_fields, variable


def test_secrets_have_no_default() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for found in re.finditer(r"\$\{(\w+)([^}]*)\}", text):
        assert found[2].startswith(":?"), f"{found[1]} has a default or may be empty"
    assert "127.0.0.1:8000:8000" in text
