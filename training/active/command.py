"""``python -m training study-labelling``."""

from pathlib import Path

import click

from training.active.plan import Plan

_ROOT = Path(__file__).resolve().parents[2]
_DEFAULT = Plan()


@click.command("study-labelling")
@click.option("--seeds", default=_DEFAULT.seeds, show_default=True, help="Repetitions.")
@click.option("--first-seed", default=_DEFAULT.first_seed, show_default=True, help="Of the first repetition.")
@click.option(
    "--rounds", default=_DEFAULT.rounds, show_default=True, help=f"Of {_DEFAULT.batch} labels each."
)
@click.option(
    "--on",
    type=click.Choice(["test", "dev"]),
    default="test",
    show_default=True,
    help="Writers to measure on; choose settings on dev alone, with other seeds.",
)
@click.option(
    "--models",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=_ROOT / "models",
    show_default="models",
    help="Whose encoder and n-grams are used.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figures here and print the section; else they go where the page is made from.",
)
@click.option(
    "--page",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=_ROOT / "docs" / "evaluation.md",
    show_default="docs/evaluation.md",
    help="The page whose section is replaced.",
)
def study_labelling_command(
    seeds: int, first_seed: int, rounds: int, on: str, models: Path, out: Path | None, page: Path
) -> None:
    """Simulate labelling: what the queue's comments teach, beside ones picked at random."""
    from training.active.figures import FIGURES, Study, write_study
    from training.active.pool import read_texts
    from training.active.report import labelling_sections, put_section
    from training.active.study import run_study
    from training.evaluate.sets import read_splits
    from voc_nlp.errors import VocError

    if on == "dev" and out is None:
        raise click.UsageError("met --on dev without --out; the page holds figures of the test writers alone")
    plan = Plan(seeds=seeds, rounds=rounds, first_seed=first_seed)
    try:
        splits = read_splits().values()
        texts = read_texts([row for split in splits for row in split.train], models)
        fixed = [row for split in splits for row in (split.test if on == "test" else split.dev)]
        curves = run_study(plan, texts, read_texts(fixed, models))
    except (ValueError, VocError) as error:
        raise click.ClickException(str(error)) from error
    study = Study(plan, len(fixed), curves)
    write_study(study, out or FIGURES)
    if out is not None:
        click.echo("\n\n".join(labelling_sections(study)))
        return
    text = put_section(page.read_text(encoding="utf-8"), labelling_sections(study))
    page.write_text(text, encoding="utf-8")
    click.echo(f"written: {FIGURES}, {page}")
