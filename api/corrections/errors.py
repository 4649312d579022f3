"""What is refused of corrections, worded in English and Japanese."""

from api.errors import Bilingual, Fault, RequestError


class CorrectionError(RequestError):
    """The label cannot be used.

    Parameters
    ----------
    detail : Bilingual
        What was met, what was expected, what to do; never the customer's words.
    pointer : str
        Where in the body.
    """

    status = 422
    code = "invalid_correction"
    title = Bilingual("The correction cannot be used", "訂正を受け付けられません")

    def __init__(self, detail: Bilingual, pointer: str = "/label") -> None:
        super().__init__(detail, (Fault(pointer, detail),))


class SupersededError(RequestError):
    """A later correction of the same person stands in its place."""

    status = 409
    code = "correction_superseded"
    title = Bilingual("Superseded", "新しい訂正があります")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "A later correction of the same person stands in its place; withdraw that one.",
                "同じ担当者による新しい訂正があります。そちらを取り消してください。",
            )
        )
