"""The commands that put models in service: compare, promote, rollback."""

import json
from pathlib import Path

import click

_ROOT = Path(__file__).resolve().parents[1]
_REFUSED = 4
"""Exit code of a promotion that something speaks against."""

_folder = click.Path(exists=True, file_okay=False, path_type=Path)
_labels = click.option(
    "--labels",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A labelled file (.jsonl, .csv, .parquet), such as recent corrections; may be repeated.",
)
_models = click.option(
    "--models", type=_folder, default=_ROOT / "models", show_default="models", help="The models in service."
)
_tier = click.option("--tier", default="default", show_default=True, help="The tier that answers.")
_all_rows = click.option(
    "--all-rows",
    is_flag=True,
    help="Compare on all comments of the files, also those that may have been learnt from.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON in place of the table.")


def add_to(group: click.Group) -> None:
    """Add the commands.

    Parameters
    ----------
    group : click.Group
        ``python -m training``.
    """
    for command in (compare_command, promote_command, rollback_command):
        group.add_command(command)


@click.command("compare")
@click.argument("old", type=_folder)
@click.argument("new", type=_folder)
@_labels
@_models
@_tier
@_all_rows
@click.option(
    "--fixed/--no-fixed", default=True, show_default=True, help="Whether the corpus is compared on."
)
@click.option("--skip-broken", is_flag=True, help="Go on without the rows of the files that cannot be used.")
@click.option("--seed", default=0, show_default=True, help="Of the 2,000 draws.")
@_json
def compare_command(
    old: Path,
    new: Path,
    labels: tuple[Path, ...],
    models: Path,
    tier: str,
    all_rows: bool,
    fixed: bool,
    skip_broken: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Compare OLD and NEW, two models folders or two model folders, on the same comments."""
    from training.compare.candidates import find_candidate
    from training.compare.run import compare
    from training.compare.sets import read_sets
    from training.compare.table import write_table
    from voc_nlp.errors import VocError

    try:
        first, second = (find_candidate(path, base=models, tier=tier) for path in (old, new))
        sets = read_sets(
            labels, first.learnt | second.learnt, all_rows=all_rows, skip_broken=skip_broken, fixed=fixed
        )
        found = compare(first, second, sets, seed=seed)
    except (ValueError, VocError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=2) if as_json else write_table(found))


@click.command("promote")
@click.argument("new", metavar="NEW_DIR", type=_folder)
@_models
@_labels
@_all_rows
@_tier
@click.option(
    "--override", default="", help="Promote in spite of what speaks against it: the reason, in words."
)
@click.option("--by", default="", help="Who promotes; an override needs it.")
@_json
def promote_command(
    new: Path,
    models: Path,
    labels: tuple[Path, ...],
    all_rows: bool,
    tier: str,
    override: str,
    by: str,
    as_json: bool,
) -> None:
    """Put NEW_DIR, a models folder or one model folder, in service, unless something speaks against it."""
    from training.compare.table import write_table
    from training.promote.run import promote
    from voc_nlp.errors import VocError

    try:
        made = promote(new, models, by=by, override=override, labels=labels, all_rows=all_rows, tier=tier)
    except (ValueError, VocError) as error:
        raise click.ClickException(str(error)) from error
    found = made.comparison
    click.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=2) if as_json else write_table(found))
    for objection in made.objections:
        click.echo(f"against it: {objection}", err=True)
    if not made.done:
        click.echo('refused; a person may override: --override "REASON" --by NAME', err=True)
        raise click.exceptions.Exit(_REFUSED)
    click.echo(f"promoted: {found.new}, written: {made.registry}", err=True)


@click.command("rollback")
@_models
@click.option("--by", required=True, help="Who goes back.")
def rollback_command(models: Path, by: str) -> None:
    """Go back to the models before the last promotion."""
    from training.promote.run import roll_back
    from training.registry import read_registry
    from voc_nlp.errors import VocError

    try:
        roll_back(models, by=by)
        tiers = read_registry(models)
    except (ValueError, VocError) as error:
        raise click.ClickException(str(error)) from error
    named = (f"{name} {parts['version']}" for name, parts in tiers.items())
    click.echo(f"in service: {', '.join(named)}")
