"""``voc themes``: fit a theme model, assign comments to it, list it, edit it, count over it."""

import click

from voc_nlp.cli.themes.assigning import assign
from voc_nlp.cli.themes.counting import emerging, impact, trends
from voc_nlp.cli.themes.editing import edit
from voc_nlp.cli.themes.fitting import fit
from voc_nlp.cli.themes.rerunning import rerun
from voc_nlp.cli.themes.showing import lineage, show


@click.group()
def themes() -> None:
    """Fit a theme model, assign comments to it, list it, edit it, count over it."""


for _command in (fit, assign, show, lineage, rerun, edit, trends, emerging, impact):
    themes.add_command(_command)
