"""The version of one thing as its ETag, and what a request says about it (RFC 9110, RFC 6585)."""

from typing import Annotated

from fastapi import Header

from api.errors import Bilingual, RequestError

IfMatch = Annotated[
    str | None, Header(alias="If-Match", description='ETag that you saw, e.g. `"3"` / 取得時の ETag')
]


class MissingVersionError(RequestError):
    """A change without If-Match."""

    status = 428
    code = "if_match_missing"
    title = Bilingual("If-Match required", "If-Match が必要です")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "This change needs the header If-Match with the ETag that you saw; read it, then send the "
                "change.",
                "この変更には取得時の ETag を If-Match ヘッダーで指定する必要があります。"
                "取得してから送信してください。",
            )
        )


class StaleVersionError(RequestError):
    """Somebody else changed it since.

    Parameters
    ----------
    version : int
        The one that is current.
    """

    status = 412
    code = "version_changed"
    title = Bilingual("Changed in the meantime", "更新されています")

    def __init__(self, version: int) -> None:
        super().__init__(
            Bilingual(
                f"It is at version {version} by now, and If-Match names another; nothing was changed. "
                "Read it again, and repeat your change if it still makes sense.",
                f"現在の版は {version} で、If-Match と一致しません。変更は行われていません。"
                "再取得し、必要であれば変更をやり直してください。",
            )
        )


def check(if_match: str | None, version: int) -> None:
    """Let a change through only when its sender saw the current version.

    Parameters
    ----------
    if_match : str | None
        The header.
    version : int
        The current version.

    Raises
    ------
    MissingVersionError
        If there is no header.
    """
    if if_match is None or not if_match.strip():
        raise MissingVersionError()
    check_if_told(if_match, version)


def check_if_told(if_match: str | None, version: int) -> None:
    """Let a change through unless its sender says that another version was seen.

    Parameters
    ----------
    if_match : str | None
        The header, if there is one; weak tags never match.
    version : int
        The current version.

    Raises
    ------
    StaleVersionError
        If it names other versions.
    """
    if if_match is None or not if_match.strip():
        return
    tags = [tag.strip() for tag in if_match.split(",")]
    if "*" not in tags and not any(_version_of(tag) == str(version) for tag in tags):
        raise StaleVersionError(version)


def write(version: int, beside: int | None = None) -> str:
    """Write an ETag.

    Parameters
    ----------
    version : int
        The version.
    beside : int | None
        What else the answer depends on; `check` does not look at it.

    Returns
    -------
    str
        ``"3"`` or ``"3.2"``.
    """
    return f'"{version}"' if beside is None else f'"{version}.{beside}"'


def _version_of(tag: str) -> str | None:
    """Return the version that a strong tag names."""
    if len(tag) < 3 or tag[0] != '"' or tag[-1] != '"':
        return None
    return tag[1:-1].partition(".")[0]
