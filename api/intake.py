"""Reads comments from the wire one by one, so that a broken one never costs the others."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from api.analysis.answering import LOST
from api.errors import (
    Bilingual,
    Fault,
    InvalidRecordError,
    InvalidRequestError,
    LostCommentError,
    RefusedCommentError,
)
from api.problems import pointer
from voc_nlp.schema import MAX_CHARACTERS, Comment, Refusal

MAX_COMMENTS = 100
"""Most comments of one synchronous request."""
_MAX_DEPTH = 16
_MAX_FAULTS = 20
_LANGS = ("ja", "en", "auto")
_NAME = Annotated[str | None, Field(max_length=200)]
Document = TypeVar("Document", bound="CommentFields")

_REFUSALS_JA = {
    "text_too_long": f"テキストが上限の {MAX_CHARACTERS:,} 文字を超えています。分割して送信してください。",
    "invalid_text": "テキストに使用できない文字(対になっていないサロゲートまたは NUL)が含まれています。",
    "unsupported_language": "対応していない言語です。日本語または英語のコメントを送信してください。",
    LOST: "このコメントの分析が 2 回続けて中断されました。しばらくしてから再送信してください。",
}


class CommentFields(BaseModel):
    """What a comment may hold; every further field is kept as given."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    text: str = Field(description=f"The comment, at most {MAX_CHARACTERS:,} characters; it may be empty.")
    lang: str = Field(default="auto", description="`ja`, `en` or `auto` (find out).")
    channel: _NAME = None
    industry: _NAME = None
    touchpoint: _NAME = None
    customer_id: _NAME = None
    created_at: datetime | None = Field(default=None, description="When it was written, ISO 8601.")
    nps: int | None = Field(default=None, ge=0, le=10, description="Net Promoter Score answer.")
    csat: float | None = Field(default=None, allow_inf_nan=False)
    ces: float | None = Field(default=None, allow_inf_nan=False)

    @field_validator("lang", mode="before")
    @classmethod
    def _absent_is_auto(cls, value: object) -> object:
        """Take null and an empty text as ``auto``."""
        return value or "auto"

    @field_validator("customer_id")
    @classmethod
    def _blank_is_nobody(cls, value: str | None) -> str | None:
        """Take a blank customer as none: two unknown customers are not the same one."""
        return value if value and value.strip() else None

    @field_validator("created_at", mode="before")
    @classmethod
    def _time_is_text(cls, value: object) -> object:
        """Take an ISO 8601 text only; a bare number does not say its unit."""
        if value is None or isinstance(value, str | datetime):
            return value
        raise ValueError("expected a text such as 2026-04-01T10:00:00+09:00")

    @field_validator("created_at")
    @classmethod
    def _year_is_plausible(cls, value: datetime | None) -> datetime | None:
        """Keep clear of the ends of the calendar, where a change of the zone overflows."""
        if value is not None and not 1900 <= value.year <= 2200:
            raise ValueError("expected a year from 1900 to 2200")
        return value

    def to_comment(self, comment_id: str) -> Comment:
        """Hand the comment to the library.

        Parameters
        ----------
        comment_id : str
            Id that the analysis shall carry.

        Returns
        -------
        Comment
            The same, in the project's vocabulary.
        """
        return Comment(
            id=comment_id,
            text=self.text,
            lang=self.lang,
            channel=self.channel,
            industry=self.industry,
            touchpoint=self.touchpoint,
            customer_id=self.customer_id,
            created_at=self.created_at.isoformat() if self.created_at else None,
            nps=self.nps,
            csat=self.csat,
            ces=self.ces,
            extra=self.model_extra or {},
        )


class CommentErrorOut(BaseModel):
    """Why one comment could not be used."""

    code: str = Field(description="`text_too_long`, `invalid_text`, `unsupported_language`, `invalid_record`")
    message: str


def read_document(kind: type[Document], raw: object) -> Document:
    """Read one comment.

    Parameters
    ----------
    kind : type[Document]
        What the route expects.
    raw : object
        The JSON value that was sent.

    Returns
    -------
    Document
        The comment, checked; every string can be stored and printed.

    Raises
    ------
    InvalidRecordError
        If a field cannot be used; says which and why.
    RefusedCommentError
        If the text cannot be stored or the language is not one of ours.
    """
    if not isinstance(raw, dict):
        raise InvalidRecordError([Fault("", _say("expected an object", "オブジェクトではありません"))])
    faults = list(_unusable_values(raw))
    in_text = [fault for fault in faults if fault.pointer == "/text"]
    if in_text and isinstance(raw.get("text"), str):
        raise RefusedCommentError("invalid_text", in_text[0].detail, in_text)
    if faults:
        raise InvalidRecordError(faults)
    try:
        document = kind.model_validate(raw)
    except ValidationError as error:
        raise InvalidRecordError(
            [
                Fault(pointer(item["loc"]), _say(item["msg"], f"値が正しくありません ({item['msg']})"))
                for item in error.errors(include_url=False, include_input=False, include_context=False)
            ]
        ) from None
    if document.lang not in _LANGS:
        raise RefusedCommentError(
            "unsupported_language",
            _say(
                "lang must be 'ja', 'en' or 'auto'",
                "lang には 'ja'、'en'、'auto' のいずれかを指定してください",
            ),
            [Fault("/lang", _say("expected 'ja', 'en' or 'auto'", "'ja'、'en'、'auto' のいずれか"))],
        )
    return document


def refused(refusal: Refusal) -> RefusedCommentError:
    """Turn the library's refusal into the service's.

    Parameters
    ----------
    refusal : Refusal
        What the analyzer answered.

    Returns
    -------
    RefusedCommentError
        With the refusal's code, in both languages.
    """
    kind = LostCommentError if refusal.code == LOST else RefusedCommentError
    return kind(refusal.code, Bilingual(refusal.message, _REFUSALS_JA.get(refusal.code, refusal.message)))


def unusable_values(value: object) -> list[Fault]:
    """Find what JSON lets through and no database stores: NUL, lone surrogates, NaN, depth.

    Parameters
    ----------
    value : object
        A JSON value.

    Returns
    -------
    list[Fault]
        Empty when it can be stored.
    """
    return list(_unusable_values(value))


def check_keys(raws: Sequence[object], names: Sequence[str]) -> list[tuple[str, ...]]:
    """Check that every comment of a batch can be told from the others.

    Parameters
    ----------
    raws : Sequence[object]
        The JSON values that were sent.
    names : Sequence[str]
        The fields that identify a comment, each a text of 1 to 200 characters.

    Returns
    -------
    list[tuple[str, ...]]
        The identities, in the same order.

    Raises
    ------
    InvalidRequestError
        If one is missing or there twice; names the index.
    """
    keys: list[tuple[str, ...]] = []
    faults: list[Fault] = []
    first_at: dict[tuple[str, ...], int] = {}
    for index, raw in enumerate(raws):
        missing = [name for name in names if not _is_key(raw.get(name) if isinstance(raw, dict) else None)]
        for name in missing:
            faults.append(
                Fault(
                    pointer(("comments", index, name)),
                    _say(
                        f"comment {index} has no usable {name}; give a text of 1 to 200 characters",
                        f"{index} 番目のコメントに {name} がありません。1〜200 文字で指定してください",
                    ),
                )
            )
        if missing or not isinstance(raw, dict):
            continue
        key = tuple(raw[name] for name in names)
        if key in first_at:
            faults.append(
                Fault(
                    pointer(("comments", index, names[-1])),
                    _say(
                        f"comment {index} has the {names[-1]} of comment {first_at[key]}; give each its own",
                        f"{index} 番目の {names[-1]} が {first_at[key]} 番目と重複しています",
                    ),
                )
            )
        first_at.setdefault(key, index)
        keys.append(key)
    if faults:
        raise InvalidRequestError(faults[:_MAX_FAULTS])
    return keys


def _is_key(value: object) -> bool:
    """Tell whether a value can identify a comment."""
    return isinstance(value, str) and 0 < len(value) <= 200 and bool(value.strip()) and not _bad_text(value)


def _unusable_values(value: object) -> Iterator[Fault]:
    """Find what JSON lets through and no database stores; at most `_MAX_FAULTS`, without recursion."""
    found = 0
    open_values: list[tuple[tuple[object, ...], object]] = [((), value)]
    while open_values and found < _MAX_FAULTS:
        path, item = open_values.pop()
        detail: Bilingual | None = None
        if isinstance(item, str):
            detail = _bad_text(item)
        elif isinstance(item, float) and not math.isfinite(item):
            detail = _say("the number is not finite", "有限の数値ではありません")
        elif isinstance(item, dict | list) and len(path) >= _MAX_DEPTH:
            detail = _say(f"nested deeper than {_MAX_DEPTH}", f"入れ子が {_MAX_DEPTH} 段を超えています")
        elif isinstance(item, dict):
            detail = next(filter(None, map(_bad_text, item)), None)
            open_values.extend(((*path, key), inner) for key, inner in item.items())
        elif isinstance(item, list):
            open_values.extend(((*path, index), inner) for index, inner in enumerate(item))
        if detail is not None:
            found += 1
            yield Fault(pointer(path), detail)


def _bad_text(text: str) -> Bilingual | None:
    """Say what cannot be stored in a text: a lone surrogate or NUL; None when it is fine."""
    if "\x00" in text:
        position = text.index("\x00")
        return _say(
            f"NUL at position {position}; remove it", f"位置 {position} に NUL があります。削除してください"
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        return _say(
            f"a lone surrogate at position {error.start}; send whole characters",
            f"位置 {error.start} に対になっていないサロゲートがあります",
        )
    return None


def _say(en: str, ja: str) -> Bilingual:
    """Say the same in both languages."""
    return Bilingual(en, ja)
