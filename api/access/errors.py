"""Errors of the calls that manage keys."""

from api.errors import Bilingual, RequestError


class KeyReachError(RequestError):
    """The key would do more than the one that makes it."""

    status = 403
    code = "key_reach"
    title = Bilingual("Beyond your own key", "自身の権限を超えています")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "A key gives no scope or department that it has not itself, and none that lives longer; "
                "ask for less, or use a key that can do more.",
                "自身の API キーにない権限・部署や、自身より長い有効期限は付与できません。"
                "範囲を狭めるか、より広い権限のキーを使用してください。",
            )
        )


class KeyEndedError(RequestError):
    """The key is revoked or has ended."""

    status = 409
    code = "key_ended"
    title = Bilingual("The key has ended", "キーは無効です")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "The key is revoked or past its end and cannot be rotated; make a new one.",
                "このキーは失効済みまたは期限切れのため、更新できません。新しいキーを作成してください。",
            )
        )
