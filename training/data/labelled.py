"""One shape for every labelled example, whatever set it comes from."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with the labels that its source gives; None where the source is silent.

    Parameters
    ----------
    text : str
        The comment or sentence.
    lang : str
        ``ja`` or ``en``.
    source : str
        The set it comes from.
    group : str
        Writer, file or domain within the source: what splits go by.
    sentiment, intent, urgency : str or None
        Single labels.
    departments : tuple of str or None
        Owners, primary first; empty when nobody owns it.
    churn_risk : bool or None
        Whether the customer is leaving.
    aspects : tuple of tuple of str or None
        (term, polarity); terms are substrings of `text`.
    channel, industry : str or None
        Where it came from: what results are sliced by, never learnt from, and no part of the data's hash.
    """

    text: str
    lang: str
    source: str
    group: str
    sentiment: str | None = None
    departments: tuple[str, ...] | None = None
    intent: str | None = None
    urgency: str | None = None
    churn_risk: bool | None = None
    aspects: tuple[tuple[str, str], ...] | None = None
    channel: str | None = field(default=None, repr=False)
    industry: str | None = field(default=None, repr=False)
