"""``voc explain``: which words and rules gave one comment its labels."""

import json
import sys
from pathlib import Path

import click

from voc_nlp.cli.options import MODELS, TIER
from voc_nlp.errors import InputError
from voc_nlp.schema import Comment, Refusal


@click.command()
@click.argument("text", metavar="TEXT")
@click.option("--lang", type=click.Choice(["auto", "ja", "en"]), default="auto", show_default=True)
@MODELS
@TIER
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def explain(text: str, lang: str, models: Path | None, tier: str, as_json: bool) -> None:
    """Say which words and rules gave TEXT (- for stdin) its labels.

    Behind each word stands by how much the label's probability falls when the word
    is taken out; a minus sign means that the word speaks against the label.
    """
    from voc_nlp.explanation import explain as explain_comment
    from voc_nlp.loading import load_analyzer

    comment = Comment("1", sys.stdin.read() if text == "-" else text, lang=lang)
    answer = explain_comment(load_analyzer(models, tier), comment)
    if isinstance(answer, Refusal):
        raise InputError(answer.message)
    if as_json:
        click.echo(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2))
        return
    for label in answer.labels:
        words = [f"{comment.text[one.start : one.end]} {one.effect:+.2f}" for one in label.words]
        rules = [f"{one.name} «{comment.text[one.start : one.end]}»" for one in label.rules]
        click.echo(f"{label.task}: {label.label} ({label.probability:.2f})  {', '.join((*words, *rules))}")
