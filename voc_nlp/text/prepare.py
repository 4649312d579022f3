"""Take a comment as it was sent to everything the analysis reads: the one entrance of this package."""

import re
from dataclasses import dataclass

from voc_nlp.errors import RecordError
from voc_nlp.schema import MAX_CHARACTERS, Language, Span
from voc_nlp.text.language import identify_language
from voc_nlp.text.noise import is_meaningful
from voc_nlp.text.normalize import NormalizedText, normalize
from voc_nlp.text.segment import split_sentences
from voc_nlp.text.tokenize import Token, tokenizer_for

_UNUSABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class PreparedText:
    """A comment made ready for analysis.

    Parameters
    ----------
    original : str
        The comment as it was sent.
    normalized : NormalizedText
        Its normalized text and the way back.
    language : Language
        ``JA`` or ``EN``.
    meaningful : bool
        False for noise and set phrases.
    sentences : tuple of Span
        Sentences, offsets in the normalized text.
    """

    original: str
    normalized: NormalizedText
    language: Language
    meaningful: bool
    sentences: tuple[Span, ...]

    @property
    def tokens(self) -> list[Token]:
        """Words, offsets in the normalized text; cut anew at every call, since few readers need them."""
        return tokenizer_for(self.language).tokenize(self.normalized.text)


def prepare(text: str, lang: str = "auto") -> PreparedText:
    """Check, normalize, identify and cut up one comment.

    Parameters
    ----------
    text : str
        The comment as it was sent; may be empty.
    lang : str
        ``ja``, ``en`` or ``auto``; any other code is a language that is not supported.

    Returns
    -------
    PreparedText
        Everything the analysis reads.

    Raises
    ------
    RecordError
        With code ``text_too_long``, ``invalid_text`` or ``unsupported_language``.
    """
    if len(text) > MAX_CHARACTERS:
        raise RecordError(
            "text_too_long",
            f"The text has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}. "
            "Shorten it or send it in parts: nothing is ever cut silently.",
        )
    unusable = _UNUSABLE.search(text)
    if unusable is not None:
        kind = "a NUL character" if unusable[0] == "\x00" else "half of a surrogate pair"
        raise RecordError(
            "invalid_text",
            f"The text holds {kind} at position {unusable.start()} (counted from 0). "
            "Valid Unicode text was expected; check how the text was decoded, and remove the character.",
        )
    normalized = normalize(text)
    clean = normalized.text
    language = identify_language(clean, lang)
    if language is Language.OTHER:
        raise RecordError("unsupported_language", _unsupported(lang))
    return PreparedText(
        original=text,
        normalized=normalized,
        language=language,
        meaningful=is_meaningful(clean, language),
        sentences=tuple(split_sentences(clean, language)),
    )


def _unsupported(lang: str) -> str:
    """Return the message for a comment in another language."""
    if lang.strip().lower() in ("auto", ""):
        return (
            "The text was found to be in neither Japanese nor English, the two supported languages. "
            'If it is one of them, send lang "ja" or "en" with it.'
        )
    return f'lang is {lang[:20]!r}; supported are "ja" (Japanese), "en" (English) and "auto" (find out).'
