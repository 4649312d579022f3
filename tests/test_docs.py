"""The pages keep their word: every command they name exists, the same ones in both languages."""

import re
import shlex
from functools import cache
from pathlib import Path

import click
import pytest

from api.__main__ import command_line as api_parser
from training.__main__ import main as training_commands
from voc_nlp.cli.main import voc

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "README.ja.md")
COMMAND = re.compile(r"(?:\.venv/bin/)?(?P<line>(?:make|voc|python -m)[ ][^`\n#|]+)")

pytestmark = pytest.mark.skipif(
    not all((ROOT / page).is_file() for page in PAGES), reason="the pages are not there yet"
)


@cache
def commands(page: str) -> list[str]:
    """Take the commands out of code blocks and code spans."""
    text = (ROOT / page).read_text("utf-8")
    blocks = re.findall(r"```(?:sh|bash|console)?\n(.*?)```", text, re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    found = [match["line"].strip() for line in (*lines, *spans) if (match := COMMAND.match(line))]
    return list(dict.fromkeys(found))


def targets() -> set[str]:
    """Name the targets of the Makefile."""
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def faults(words: list[str], command: click.Command, name: str) -> list[str]:
    """Follow words down a click command; name what is not there."""
    options = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in options]
    if isinstance(command, click.Group):
        words = words[sum(isinstance(one, click.Argument) for one in command.params) :]
        first = next((index for index, word in enumerate(words) if not word.startswith("-")), None)
        if first is None:
            return [f"{name} has no {word}" for word in unknown]
        if words[first] not in command.commands:
            return [f"{name} has no command {words[first]}"]
        return faults(words[first + 1 :], command.commands[words[first]], f"{name} {words[first]}")
    return [f"{name} has no {word}" for word in unknown]


def api_faults(words: list[str]) -> list[str]:
    """Name what the service's command line does not have."""
    (commands,) = (action for action in api_parser()._actions if action.choices)
    known = dict(commands.choices or {})
    if not words or words[0] not in known:
        return [f"api has no command {' '.join(words[:1])}"]
    options = known[words[0]]._option_string_actions
    return [
        f"api {words[0]} has no {word}" for word in words[1:] if word.startswith("--") and word not in options
    ]


def wrong(line: str) -> list[str]:
    """Say what is wrong with one named command."""
    words = shlex.split(line)
    if words[0] == "make":
        return [f"no target {word}" for word in words[1:] if "=" not in word and word not in targets()]
    if words[0] == "voc":
        return faults(words[1:], voc, "voc")
    module = words[2]
    if module == "training":
        return faults(words[3:], training_commands, module)
    if module == "api":
        return api_faults(words[3:])
    return [] if (ROOT / module.replace(".", "/")).exists() else [f"no module {module}"]


@pytest.mark.parametrize("page", [*PAGES, "docs/themes.md", "docs/training.md"])
def test_every_named_command_exists(page: str) -> None:
    assert len(commands(page)) >= 3
    assert {line: found for line in commands(page) if (found := wrong(line))} == {}


def test_both_languages_name_the_same_commands() -> None:
    english, japanese = (set(commands(page)) for page in PAGES)
    assert english ^ japanese == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_linked_file_exists(page: str) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", (ROOT / page).read_text("utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("make demo", True),
        ("make coffee", False),
        ("voc analyze IN OUT --tier fast", True),
        ("voc analyze IN OUT --speed fast", False),
        ("voc brew", False),
        ("voc themes edit DIR rename ID --ja NAME", True),
        ("voc themes edit DIR rename ID --fr NAME", False),
        ("voc themes edit DIR brew", False),
        ("python -m training train encoder --data DIR", True),
        ("python -m training brew", False),
        ("python -m api serve --port 9000", True),
        ("python -m api serve --colour red", False),
        ("python -m api brew", False),
        ("python -m nowhere", False),
    ],
)
def test_a_wrong_command_is_seen(line: str, right: bool) -> None:
    assert (wrong(line) == []) is right
