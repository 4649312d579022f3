"""What is refused of jobs, worded in English and Japanese."""

from typing import ClassVar

from api.errors import Bilingual, BodyTooLargeError, Fault, InvalidRequestError, RequestError


class JobTooLargeError(BodyTooLargeError):
    """A job has more documents than one job may have.

    Parameters
    ----------
    limit : int
        Most documents.
    """

    code = "job_too_large"
    title = Bilingual("Job too large", "ジョブが大きすぎます")

    def __init__(self, limit: int) -> None:
        RequestError.__init__(
            self,
            Bilingual(
                f"The job has more than {limit:,} comments; send it as several jobs.",
                f"コメントが上限の {limit:,} 件を超えています。複数のジョブに分けて送信してください。",
            ),
        )


class JobUploadError(RequestError):
    """The upload ended before it was complete; nothing of it is kept."""

    code = "upload_incomplete"
    title = Bilingual("Upload incomplete", "送信が途中で終わりました")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "The upload ended before it was complete and was thrown away; send it again.",
                "送信が途中で終わったため破棄しました。もう一度送信してください。",
            )
        )


class JobNotFinishedError(RequestError):
    """All results at once are handed out when the job has ended."""

    status = 409
    code = "job_not_finished"
    title = Bilingual("The job is not finished", "ジョブは完了していません")
    headers: ClassVar[dict[str, str]] = {"Retry-After": "5"}

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "The job is queued or running; wait until it has ended (Retry-After), or read pages of JSON "
                "(Accept: application/json) of what is done.",
                "ジョブは待機中または実行中です。終了後に再度お試しください(Retry-After)。"
                "完了した分は JSON のページ(Accept: application/json)で取得できます。",
            )
        )


class EmptyJobError(InvalidRequestError):
    """A job without a comment."""

    def __init__(self) -> None:
        detail = Bilingual(
            "the job has no comment; send at least one, a line each",
            "コメントがありません。1 行に 1 件、1 件以上送信してください",
        )
        super().__init__([Fault("/comments", detail)])
