"""Every error that the service raises on purpose, worded in English and Japanese.

::

    ServiceError                     has a status, a stable code, a title and a detail
    ├── RequestError                 the caller must change the request
    │   ├── InvalidJsonError         400  the body is not JSON
    │   ├── InvalidCursorError       400  a page cursor that this list did not hand out
    │   ├── AuthenticationError      401  no key, or an unknown one
    │   ├── ScopeError               403  the key may not do this
    │   ├── DepartmentScopeError     403  the key sees some departments, the call is about the whole tenant
    │   ├── NotFoundError            404  not there, or another tenant's
    │   ├── OriginalUnavailableError 404  the comment is there, its original cannot be had
    │   ├── BodyTooLargeError        413
    │   ├── MediaTypeError           415
    │   ├── InvalidRequestError      422  the envelope is wrong; says where
    │   ├── RateLimitedError         429  the tenant asks too often; says when to come back
    │   └── RefusedCommentError      422  this one comment cannot be used; has the refusal's code
    │       ├── InvalidRecordError   422  a field of it is wrong; says where
    │       └── LostCommentError     503  its analysis was lost twice
    ├── UnavailableError             503  try again in a moment
    │   └── OverloadedError          503  too many comments wait for analysis; says when to try again
    └── InternalError                500  something broke; the log has it
    ConfigurationError               a file or setting cannot be used; the service does not start

A detail says what was met, what was expected and what to do. It never holds the
customer's text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Bilingual:
    """The same sentence in both languages."""

    en: str
    ja: str

    def said_in(self, language: str) -> str:
        """Return the sentence in a language.

        Parameters
        ----------
        language : str
            ``ja`` for Japanese, anything else for English.

        Returns
        -------
        str
            The sentence.
        """
        return self.ja if language == "ja" else self.en


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where: `pointer` is a JSON pointer into the body."""

    pointer: str
    detail: Bilingual


class ConfigurationError(Exception):
    """A file or a setting cannot be used; the message names it and says what to write."""


class ServiceError(Exception):
    """Root of the errors that a caller sees.

    Parameters
    ----------
    detail : Bilingual
        What was met, what was expected, what to do.
    faults : Sequence[Fault]
        Every place that is wrong, when there are several.
    retry_after_s : int | None
        When to try again; None leaves the header Retry-After to the class.
    """

    status: ClassVar[int] = 500
    code: str = "internal_error"
    title: ClassVar[Bilingual] = Bilingual("Internal error", "内部エラー")
    headers: ClassVar[dict[str, str]] = {}

    def __init__(
        self, detail: Bilingual, faults: Sequence[Fault] = (), retry_after_s: int | None = None
    ) -> None:
        super().__init__(detail.en)
        self.detail = detail
        self.faults = tuple(faults)
        self.retry_after_s = retry_after_s


class InternalError(ServiceError):
    """Something broke that should not; the log has it under the request's id."""

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "The service failed; report the request_id.",
                "サービス側で問題が発生しました。request_id を添えてお知らせください。",
            )
        )


class RequestError(ServiceError):
    """The caller must change the request."""

    status = 400
    code = "bad_request"
    title = Bilingual("Bad request", "リクエストが正しくありません")


class InvalidJsonError(RequestError):
    """The body is not JSON."""

    code = "invalid_json"
    title = Bilingual("Invalid JSON", "JSON として読めません")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "The body could not be read as JSON; send one JSON object in UTF-8.",
                "本文を JSON として読み取れませんでした。UTF-8 の JSON オブジェクトを送信してください。",
            )
        )


class InvalidCursorError(RequestError):
    """A page cursor that no list of ours handed out."""

    code = "invalid_cursor"
    title = Bilingual("Invalid cursor", "カーソルが正しくありません")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "The cursor is unknown; pass next_cursor of the page before unchanged, or none.",
                "カーソルを認識できません。前のページの next_cursor をそのまま渡すか、省略してください。",
            )
        )


class AuthenticationError(RequestError):
    """No key, or one that is unknown or revoked."""

    status = 401
    code = "unauthenticated"
    title = Bilingual("Key required", "API キーが必要です")
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "The key is missing, unknown or revoked; send the header 'Authorization: Bearer KEY'.",
                "API キーがないか、無効です。ヘッダー「Authorization: Bearer キー」を付けてください。",
            )
        )


class ScopeError(RequestError):
    """The key may not do this."""

    status = 403
    code = "scope_missing"
    title = Bilingual("Not allowed", "権限がありません")

    def __init__(self, needed: str) -> None:
        super().__init__(
            Bilingual(
                f"The key lacks the scope '{needed}'; use a key that has it.",
                f"この API キーには権限「{needed}」がありません。権限のあるキーを使用してください。",
            )
        )


class DepartmentScopeError(RequestError):
    """The key is of some departments only, and the call is about the whole tenant."""

    status = 403
    code = "department_scope"
    title = Bilingual("Not for a department's key", "部署限定キーでは利用できません")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "The key sees some departments only, and this call is about the whole tenant; "
                "use a key without departments.",
                "この API キーは特定の部署に限定されており、テナント全体に関わる操作はできません。"
                "部署の限定がないキーを使用してください。",
            )
        )


class NotFoundError(RequestError):
    """Not there, or another tenant's: the two look the same."""

    status = 404
    code = "not_found"
    title = Bilingual("Not found", "見つかりません")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "There is nothing under this address; check the path and the id.",
                "指定されたものは見つかりません。パスと ID を確認してください。",
            )
        )


class OriginalUnavailableError(RequestError):
    """The comment is there, and its original cannot be had."""

    status = 404
    code = "original_unavailable"
    title = Bilingual("No original", "原文は保存されていません")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "The original of this comment is not kept: the tenant has no data key, had none when the "
                "comment came, or the key or the original was deleted. Read the masked text instead.",
                "このコメントの原文は保存されていません(データキーが未作成・受信時に未作成・"
                "または削除済み)。マスク済みのテキストを利用してください。",
            )
        )


class BodyTooLargeError(RequestError):
    """The body is larger than the service reads."""

    status = 413
    code = "body_too_large"
    title = Bilingual("Body too large", "本文が大きすぎます")

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(
            Bilingual(
                f"The body is larger than {limit_bytes:,} bytes; send fewer comments at a time.",
                f"本文が上限の {limit_bytes:,} バイトを超えています。分割して送信してください。",
            )
        )


class MediaTypeError(RequestError):
    """The body is of a kind that the service does not read."""

    status = 415
    code = "unsupported_media_type"
    title = Bilingual("Unsupported media type", "対応していない形式です")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "The body must be JSON; send the header 'Content-Type: application/json'.",
                "本文は JSON で送信し、ヘッダー「Content-Type: application/json」を付けてください。",
            )
        )


class InvalidRequestError(RequestError):
    """The envelope or a parameter is wrong; `faults` says where."""

    status = 422
    code = "invalid_request"
    title = Bilingual("Invalid request", "リクエストの内容が正しくありません")

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(
            Bilingual(
                "The request cannot be used; 'errors' says what is wrong where.",
                "リクエストを処理できません。「errors」に誤りの箇所と内容を示します。",
            ),
            faults,
        )


class RefusedCommentError(RequestError):
    """The one comment that was sent cannot be used.

    Parameters
    ----------
    code : str
        The refusal's code, for instance ``text_too_long``.
    detail : Bilingual
        What was met, what was expected, what to do.
    faults : Sequence[Fault]
        Where it is wrong, when a field is.
    """

    status = 422
    title = Bilingual("Comment refused", "コメントを受け付けられません")

    def __init__(self, code: str, detail: Bilingual, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail, faults)
        self.code = code


class InvalidRecordError(RefusedCommentError):
    """A field of the comment cannot be used.

    Parameters
    ----------
    faults : Sequence[Fault]
        Every field that is wrong; the first few are told in the detail.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        told = faults[:3]
        english = "; ".join(f"{fault.pointer or '/'}: {fault.detail.en}" for fault in told)
        japanese = "、".join(f"{fault.pointer or '/'}: {fault.detail.ja}" for fault in told)
        super().__init__("invalid_record", Bilingual(english, japanese), faults)


class RateLimitedError(RequestError):
    """The tenant has used up what it may ask for at the moment.

    Parameters
    ----------
    limit : str
        The limit that is used up, for instance ``600 per 1 minute``.
    retry_after_s : int
        When something is free again.
    """

    status = 429
    code = "rate_limited"
    title = Bilingual("Too many requests", "リクエストが多すぎます")

    def __init__(self, limit: str, retry_after_s: int) -> None:
        super().__init__(
            Bilingual(
                f"The limit of {limit} is used up; try again after {retry_after_s} seconds.",
                f"上限({limit})に達しました。{retry_after_s} 秒後に再試行してください。",
            ),
            retry_after_s=retry_after_s,
        )


class LostCommentError(RefusedCommentError):
    """The process that analysed the comment ended in the middle of it, twice."""

    status = 503
    title = Bilingual("Temporarily unavailable", "一時的に利用できません")
    headers: ClassVar[dict[str, str]] = {"Retry-After": "30"}


class UnavailableError(ServiceError):
    """Not able to answer at the moment."""

    status = 503
    code = "unavailable"
    title = Bilingual("Temporarily unavailable", "一時的に利用できません")
    headers: ClassVar[dict[str, str]] = {"Retry-After": "2"}

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "The service cannot answer at the moment (see /readyz); try again after Retry-After seconds.",
                "現在応答できません(/readyz を参照)。Retry-After の秒数後に再試行してください。",
            )
        )


class OverloadedError(UnavailableError):
    """More comments wait for analysis than the service lets wait.

    Parameters
    ----------
    retry_after_s : int
        Seconds after which there should be room again.
    """

    code = "overloaded"
    title = Bilingual("Too busy", "混雑しています")

    def __init__(self, retry_after_s: int) -> None:
        ServiceError.__init__(
            self,
            Bilingual(
                "Too many comments wait for analysis; try again after Retry-After seconds, "
                "or send fewer at a time.",
                "分析待ちのコメントが多すぎます。Retry-After の秒数後に再試行するか、"
                "件数を減らして送信してください。",
            ),
        )
        self.headers = {"Retry-After": str(retry_after_s)}  # type: ignore[misc]
