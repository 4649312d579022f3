"""A tenant's words as JSON or CSV, and their contradictions."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from api.errors import InvalidJsonError
from api.themes.errors import ThemeDictionaryError
from api.themes.taxonomy import Edit
from voc_nlp.errors import InputError
from voc_nlp.text.conflicts import Conflict, find_conflicts
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.text.dictionary_csv import read_dictionary_csv
from voc_nlp.topics import editing
from voc_nlp.topics.model import ThemeModel

CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class ReadDictionary:
    """A dictionary as it was sent, and what contradicts itself in it."""

    dictionary: Dictionary
    conflicts: tuple[Conflict, ...]


def read_dictionary(content: bytes, content_type: str) -> ReadDictionary:
    """Read what was sent.

    Parameters
    ----------
    content : bytes
        JSON, or CSV in UTF-8 or CP932 with the columns kind, word and stands_for.
    content_type : str
        The header.

    Returns
    -------
    ReadDictionary
        The words.

    Raises
    ------
    InvalidJsonError
        If it should be JSON and is not.
    ThemeDictionaryError
        If a word cannot be used; names the line of a CSV file.
    """
    try:
        if content_type.partition(";")[0].strip().lower() == CSV:
            imported = read_dictionary_csv(content)
            return ReadDictionary(imported.dictionary, imported.conflicts)
        dictionary = Dictionary.from_dict(json.loads(content))
        return ReadDictionary(dictionary, tuple(find_conflicts(dictionary)))
    except InputError as error:
        raise ThemeDictionaryError(str(error)) from None
    except (ValueError, RecursionError):
        raise InvalidJsonError() from None


def using(dictionary: Dictionary) -> Edit:
    """Give the themes other words.

    Parameters
    ----------
    dictionary : Dictionary
        All of the tenant's words.

    Returns
    -------
    Edit
        For `taxonomy.perform`.
    """

    def edit(_: Session, model: ThemeModel) -> tuple[ThemeModel, Sequence[str]]:
        return editing.use_dictionary(model, dictionary), []

    return edit


def dictionary_out(
    revision: int, dictionary: Dictionary, conflicts: Sequence[Conflict], language: str
) -> dict[str, Any]:
    """Put the words on the wire.

    Parameters
    ----------
    revision : int
        Revision of the themes.
    dictionary : Dictionary
        The words.
    conflicts : Sequence[Conflict]
        What contradicts itself.
    language : str
        Language of the messages.

    Returns
    -------
    dict[str, Any]
        A `DictionaryAnswer`.
    """
    return {
        "revision": revision,
        "dictionary": {"version": dictionary.version, **dictionary.to_dict()},
        "conflicts": [
            {
                "code": one.code,
                "words": list(one.words),
                "message": one.message_ja if language == "ja" else one.message_en,
                "lines": list(one.lines),
            }
            for one in conflicts
        ],
    }
