"""``python -m training``: the models' life, from labelled files to model folders."""

import logging
import sys
from dataclasses import replace
from pathlib import Path

import click

from training.active.command import study_labelling_command
from training.commands import add_to
from training.config import read_config

_ROOT = Path(__file__).resolve().parents[1]


@click.group()
def main() -> None:
    """Train the models and measure them."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")


@main.command("train")
@click.argument("config")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the public sets; needed where CONFIG names any.",
)
@click.option(
    "--models",
    type=click.Path(file_okay=False, path_type=Path),
    default=_ROOT / "models",
    help="Where models lie.",
)
@click.option(
    "--labels",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A labelled file (.jsonl, .csv, .parquet) to learn from; may be repeated.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a whole models folder here, new or empty; with labelled files always, by default below var/.",
)
@click.option(
    "--encoder", default="", help="A sentence-transformers model that heads are to read, by path or name."
)
@click.option("--version", default="", help="The new model's version, in place of the configuration's.")
@click.option(
    "--skip-broken", is_flag=True, help="Go on without the rows of labelled files that cannot be used."
)
def train_command(
    config: str,
    data: Path | None,
    models: Path,
    labels: tuple[Path, ...],
    out: Path | None,
    encoder: str,
    version: str,
    skip_broken: bool,
) -> None:
    """Train what CONFIG (a path, or one in training/configs) describes."""
    from training.own import train_models
    from training.runs import train
    from voc_nlp.errors import VocError

    try:
        read = read_config(config)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="CONFIG") from error
    read = replace(read, files={**read.files, **{str(path): 1.0 for path in labels}})
    read = replace(read, version=version or read.version)
    try:
        if out is not None or read.files or read.labels or encoder:
            out = out or _ROOT / "var" / "models" / f"{read.name}-{read.version}"
            written = train_models(read, data, models, out, encoder=encoder, skip_broken=skip_broken)
        else:
            written = train(read, data, models)
    except (ValueError, VocError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"written: {written}")


@main.command("retrain")
@click.option(
    "--encoder", required=True, help="A sentence-transformers model: a local folder, or a hub's name for it."
)
@click.option(
    "--models",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Models folder to write; new or empty.",
)
@click.option(
    "--start",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=_ROOT / "models",
    show_default="models",
    help="Models folder whose static encoder and n-grams are taken over.",
)
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the public sets; without it the authored corpus alone is learnt from.",
)
def retrain_command(encoder: str, models: Path, start: Path, data: Path | None) -> None:
    """Train sentiment, routing and themes on the vectors of ENCODER and write a whole models folder."""
    from training.retrain import retrain
    from voc_nlp.errors import VocError

    try:
        registry = retrain(encoder, models, start, data)
    except (ValueError, VocError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"written: {registry}")


@main.group("export")
def export_group() -> None:
    """Write models in other programs' formats."""


@export_group.command("encoder")
@click.argument("target", metavar="OUT_DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--models",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=_ROOT / "models",
    show_default="models",
    help="Models folder; the static encoder of its default tier is taken.",
)
def export_encoder_command(target: Path, models: Path) -> None:
    """Write the static encoder in model2vec's format, which sentence-transformers reads as well."""
    from training.encoder.model2vec_format import export_encoder
    from voc_nlp.errors import VocError
    from voc_nlp.loading import read_tier

    try:
        export_encoder(models / read_tier(models, "default")["encoder"], target)
    except (ValueError, VocError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"written: {target}")


@main.command("evaluate")
@click.option(
    "--models",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=_ROOT / "models",
    help="Where models lie.",
)
@click.option("--tier", "tiers", multiple=True, help="A tier to measure; may be repeated. Default: all.")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder with the public sets.",
)
@click.option("--peers/--no-peers", default=True, show_default=True, help="Whether peers run beside us.")
@click.option(
    "--peer-python",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=Path(sys.executable),
    show_default="this interpreter",
    help="Interpreter that has vaderSentiment, textblob, oseti with ipadic, and asari.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=_ROOT / "docs" / "evaluation.md",
    show_default="docs/evaluation.md",
    help="The page to write.",
)
def evaluate_command(
    models: Path, tiers: tuple[str, ...], data: Path, peers: bool, peer_python: Path, out: Path
) -> None:
    """Measure the tiers, and peers beside them, and write the page."""
    from training.evaluate.run import evaluate
    from voc_nlp.errors import VocError

    try:
        page = evaluate(
            models, tiers, data, peers=peers, peer_python=peer_python, cache=_ROOT / "var" / "peers"
        )
    except (ValueError, VocError) as error:
        raise click.ClickException(str(error)) from error
    out.write_text(page, encoding="utf-8")
    click.echo(f"written: {out}")


@main.command("demands")
@click.option(
    "--models",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=_ROOT / "models",
    help="Where models lie.",
)
@click.option("--tier", default="default", show_default=True, help="The tier that answers.")
@click.option(
    "--write-known-failures",
    "write",
    is_flag=True,
    help="Write tests/demands/known_failures.json anew: after a training, with tier default.",
)
def demands_command(models: Path, tier: str, write: bool) -> None:
    """Answer the cases of the analysts' demands and name what is missed."""
    from training.evaluate.demands import answer_demands, read_demands, write_known_failures
    from voc_nlp.errors import VocError
    from voc_nlp.loading import load_analyzer

    if write and tier != "default":
        raise click.UsageError(f"met --tier {tier}; the known failures are those of tier default")
    try:
        outcomes = answer_demands(load_analyzer(models, tier), read_demands())
    except (ValueError, VocError) as error:
        raise click.ClickException(str(error)) from error
    for case_id, misses in outcomes.items():
        for miss in misses:
            kind = "rule" if miss.by_rule else "model"
            click.echo(f"{case_id} {miss.check} ({kind}): expected {miss.expected}, answered {miss.answered}")
    click.echo(f"met: {sum(not misses for misses in outcomes.values())} of {len(outcomes)}")
    if write:
        click.echo(f"written: {write_known_failures(outcomes)}")


add_to(main)
main.add_command(study_labelling_command)

if __name__ == "__main__":
    main()
