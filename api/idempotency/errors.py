"""Why a request with an idempotency key is not served."""

from api.errors import Bilingual, RequestError

_RETRY_AFTER_S = 2


class KeyReusedError(RequestError):
    """The key stands for another request."""

    status = 422
    code = "idempotency_key_reused"
    title = Bilingual("Idempotency-Key used before", "Idempotency-Key が使用済みです")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "This Idempotency-Key was sent with another body, query or path; send the request as it was, "
                "or a new key for a new request.",
                "この Idempotency-Key は別の本文・クエリ・パスで使用済みです。"
                "同じ内容で再送するか、新しいキーを指定してください。",
            )
        )


class InFlightError(RequestError):
    """The same request is being worked on at this moment."""

    status = 409
    code = "idempotency_in_flight"
    title = Bilingual("Request in flight", "処理中です")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "A request with this Idempotency-Key is being worked on; send it again after Retry-After "
                "seconds to have its answer.",
                "この Idempotency-Key のリクエストを処理中です。"
                "Retry-After の秒数後に再送すると、その結果が返ります。",
            ),
            retry_after_s=_RETRY_AFTER_S,
        )
