"""What made an analysis: the models, their departments, the tenant's words and themes, the text.

It is stored with every analysis, so that a later one can be told why it differs.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from voc_nlp.topics.model import ThemeModel


class Text(StrEnum):
    """Which text was analysed."""

    SENT = "sent"
    """As it was sent: at its receipt, or later when nothing in it was masked."""
    ORIGINAL = "original"
    """The same, put together again from the sealed original."""
    MASKED = "masked"
    """With stand-ins in the place of the personal data."""


def made_by(
    model_version: str, departments: str, themes: ThemeModel, text: Text, theme_ids: Sequence[str]
) -> dict[str, Any]:
    """Write down what made an analysis, as it is stored.

    Parameters
    ----------
    model_version : str
        Of the models.
    departments : str
        `Taxonomy.fingerprint` of the departments that the models were given.
    themes : ThemeModel
        The tenant's themes, with the dictionary.
    text : Text
        Which text was analysed.
    theme_ids : Sequence[str]
        The themes that the comment got, best first.

    Returns
    -------
    dict[str, Any]
        JSON values.
    """
    return {
        "model": model_version,
        "departments": departments,
        "dictionary": themes.dictionary.version,
        "themes_revision": themes.revision,
        "themes": list(theme_ids),
        "text": text.value,
    }
