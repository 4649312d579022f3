"""What is refused of themes, worded in English and Japanese."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.errors import Bilingual, Fault, NotFoundError, RequestError
from voc_nlp.errors import InputError, QueryError
from voc_nlp.topics.model import ThemeModel


class ThemeChangeError(RequestError):
    """The themes cannot be changed so.

    Parameters
    ----------
    message : str
        The library's message: what was met, what was expected, what to do.
    pointer : str | None
        Where in the body, when that is known.
    """

    status = 422
    code = "invalid_theme_change"
    title = Bilingual("The themes cannot be changed so", "テーマをこのように変更できません")

    def __init__(self, message: str, pointer: str | None = None) -> None:
        detail = Bilingual(message, f"テーマをこのように変更できません: {message}")
        super().__init__(detail, () if pointer is None else (Fault(pointer, detail),))


class ThemeQueryError(ThemeChangeError):
    """The query of a rule theme cannot be read; the message names the column."""

    code = "invalid_query"
    title = Bilingual("The query cannot be read", "クエリを読み取れません")


class ThemeStatisticsError(ThemeChangeError):
    """A statistic cannot be computed with these parameters."""

    code = "invalid_request"
    title = Bilingual("Invalid request", "リクエストの内容が正しくありません")


class ThemeDictionaryError(ThemeChangeError):
    """The dictionary cannot be used; nothing of it was."""

    code = "invalid_dictionary"
    title = Bilingual("The dictionary cannot be used", "辞書を使用できません")


class OutdatedThemesError(RequestError):
    """The themes were fitted with another encoder than the one that is loaded."""

    status = 409
    code = "themes_outdated"
    title = Bilingual("The themes are outdated", "テーマの再学習が必要です")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "The themes were fitted with another encoder than the service has now; "
                "fit them again with POST /v1/themes/fit.",
                "テーマは現在とは異なるエンコーダーで作成されています。"
                "POST /v1/themes/fit で再学習してください。",
            )
        )


class FitInProgressError(RequestError):
    """Another fit of the tenant is not finished."""

    status = 409
    code = "fit_in_progress"
    title = Bilingual("A fit is in progress", "学習を実行中です")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "A fit of the themes is queued or running; wait until it has ended (Retry-After).",
                "テーマの学習が待機中または実行中です。終了後に再度お試しください。",
            )
        )


@contextmanager
def told() -> Iterator[None]:
    """Answer what the library refuses as a problem.

    Yields
    ------
    None
        Errors of the library inside become errors of the service.

    Raises
    ------
    ThemeQueryError
        If a query cannot be read.
    ThemeChangeError
        If a change is refused.
    """
    try:
        yield
    except QueryError as error:
        raise ThemeQueryError(str(error), "/query") from None
    except InputError as error:
        raise ThemeChangeError(str(error)) from None


def check_known(model: ThemeModel, theme_id: str) -> None:
    """Check that a theme is one of the tenant's.

    Parameters
    ----------
    model : ThemeModel
        The tenant's themes.
    theme_id : str
        What the caller sent.

    Raises
    ------
    NotFoundError
        If it is not there, or another tenant's.
    """
    if all(theme.id != theme_id for theme in model.themes):
        raise NotFoundError()
