"""The revision of a tenant's themes as ETag, and what a request says about it (RFC 9110, RFC 6585)."""

from typing import Annotated

from fastapi import Header

from api.errors import Bilingual, RequestError

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description='ETag of the themes that you saw, e.g. `"12"` / 取得時の ETag'),
]
IfNoneMatch = Annotated[
    str | None, Header(alias="If-None-Match", description="ETag of the copy that you have / 手元の ETag")
]


class MissingRevisionError(RequestError):
    """A change without If-Match."""

    status = 428
    code = "if_match_missing"
    title = Bilingual("If-Match required", "If-Match が必要です")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "A change of the themes needs the header If-Match with the ETag of GET /v1/themes; "
                "read the themes, then send the change.",
                "テーマの変更には GET /v1/themes の ETag を If-Match ヘッダーで指定する必要があります。"
                "テーマを取得してから送信してください。",
            )
        )


class StaleRevisionError(RequestError):
    """Somebody else changed the themes since.

    Parameters
    ----------
    revision : int
        The one that is current.
    """

    status = 412
    code = "themes_changed"
    title = Bilingual("The themes have changed", "テーマが更新されています")

    def __init__(self, revision: int) -> None:
        super().__init__(
            Bilingual(
                f"The themes are at revision {revision} by now, and If-Match names another; nothing was "
                "changed. Read them again, and repeat your change if it still makes sense.",
                f"テーマは現在リビジョン {revision} で、If-Match と一致しません。変更は行われていません。"
                "再取得し、必要であれば変更をやり直してください。",
            )
        )


def check(if_match: str | None, revision: int) -> None:
    """Let a change through only when its sender saw the current themes.

    Parameters
    ----------
    if_match : str | None
        The header.
    revision : int
        The current revision.

    Raises
    ------
    MissingRevisionError
        If there is no header.
    StaleRevisionError
        If it names other revisions; weak tags never match.
    """
    if if_match is None or not if_match.strip():
        raise MissingRevisionError()
    tags = [tag.strip() for tag in if_match.split(",")]
    if "*" not in tags and not any(_revision_of(tag) == str(revision) for tag in tags):
        raise StaleRevisionError(revision)


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Say whether the caller has what would be answered.

    Parameters
    ----------
    if_none_match : str | None
        The header.
    etag : str
        ETag of the answer.

    Returns
    -------
    bool
        True for 304.
    """
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return "*" in tags or etag in tags


def write(revision: int, comments: int | None = None, gone: int = 0) -> str:
    """Write an ETag.

    Parameters
    ----------
    revision : int
        Revision of the themes.
    comments : int | None
        Number of stored comments, where the answer counts them: it then changes with every new one.
    gone : int
        Number of comments that were deleted so far: one that goes and one that comes leave the
        number of stored ones as it was.

    Returns
    -------
    str
        ``"12"``, ``"12.4031"`` or ``"12.4031.7"``; all name revision 12 to `check`.
    """
    counted = "" if comments is None else f".{comments}.{gone}" if gone else f".{comments}"
    return f'"{revision}{counted}"'


def _revision_of(tag: str) -> str | None:
    """Return the revision that a strong tag names."""
    if len(tag) < 3 or tag[0] != '"' or tag[-1] != '"':
        return None
    return tag[1:-1].partition(".")[0]
