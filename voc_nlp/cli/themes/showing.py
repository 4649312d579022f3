"""``voc themes show`` and ``voc themes lineage``: what themes there are, and where they come from."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voc_nlp.cli.themes.arguments import FOLDER

if TYPE_CHECKING:
    from voc_nlp.topics.model import ThemeModel
    from voc_nlp.topics.theme import Theme

_LANGUAGES = ("ja", "en")
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="As a JSON list.")


@click.command()
@FOLDER
@_AS_JSON
def show(folder: Path, as_json: bool) -> None:
    """List the themes of the model in DIR: groups with what stands below them, the largest first."""
    from voc_nlp.topics.model import ThemeModel

    model = ThemeModel.load(folder)
    if as_json:
        _print_json([theme.to_dict() for theme in model.themes])
        return
    _print_themes(model)


@click.command()
@FOLDER
@_AS_JSON
def lineage(folder: Path, as_json: bool) -> None:
    """Tell what became of the themes in DIR, fit by fit and edit by edit.

    A theme is the same, has grown, was split or merged, is new or has vanished; behind an
    older theme stands the share of its comments that are in this one.
    """
    from voc_nlp.topics.model import ThemeModel

    model = ThemeModel.load(folder)
    if as_json:
        _print_json([descent.to_dict() for descent in model.history])
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("revision", "theme", "what", "from", "日本語", "English")
    for descent in model.history:
        sources = [f"{source} {share:.0%}" for source, share in descent.sources.items()]
        names = [descent.label.get(lang, "") for lang in _LANGUAGES]
        table.add_row(str(descent.revision), descent.theme, descent.kind.value, ", ".join(sources), *names)
    Console().print(table)


def _print_json(value: list[dict[str, Any]]) -> None:
    sys.stdout.buffer.write(json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8") + b"\n")


def _print_themes(model: "ThemeModel") -> None:
    """Print the themes for people."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(
        "id",
        "size",
        "日本語",
        "English",
        "kind",
        "keywords",
        title=f"revision {model.revision}",
        title_justify="left",
    )
    for depth, theme in _in_order(model.themes, None, 0):
        words = [word for lang in _LANGUAGES for word in list(theme.keywords.get(lang, ()))[:5]]
        marks = [name for name in ("renamed", "pinned", "archived") if getattr(theme, name)]
        table.add_row(
            "  " * depth + theme.id,
            f"{theme.size:,}",
            *(escape(theme.label.get(lang, "")) for lang in _LANGUAGES),
            ", ".join((theme.kind.value, *marks)),
            escape(theme.query if theme.query else ", ".join(words)),
            style="dim" if theme.archived else None,
        )
    Console().print(table)


def _in_order(themes: Sequence["Theme"], parent: str | None, depth: int) -> Iterator[tuple[int, "Theme"]]:
    """Yield themes with their depth, each followed by those below it, the largest first."""
    inside = [theme for theme in themes if theme.parent == parent]
    for theme in sorted(inside, key=lambda theme: (-theme.size, theme.id)):
        yield depth, theme
        yield from _in_order(themes, theme.id, depth + 1)
