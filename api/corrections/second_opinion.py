"""What the small tier says of a few comments beside what is stored of them."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from api.corrections.second_tier import OpinionGiver
from voc_nlp.schema import Analysis, Comment, Refusal

_MOST_KEPT = 10_000
_PATIENCE_S = 10.0
"""Longest wait for a question that another thread asks; whoever waits keeps a thread from other requests."""
_TOLD = ("sentiment", "intent", "urgency", "churn", "departments", "runner_up", "abstained")
"""What `voc_nlp.labelling.disagreement` reads of an answer. The rest is not kept: it is large, and some of
it is the customer's words, which an erasure would not find here."""


class SecondOpinion:
    """Analyses in the thread of whoever asks, one at a time; never call it on the event loop.

    Parameters
    ----------
    giver : Callable[[], OpinionGiver | None] | None
        Asked with every question for the models, as `SecondTier.giver`; None where there is no second tier.
    patience_s : float
        Longest wait for others' questions, in seconds.
    """

    def __init__(
        self, giver: Callable[[], OpinionGiver | None] | None, patience_s: float = _PATIENCE_S
    ) -> None:
        self._find_giver = giver
        self._patience_s = patience_s
        self._giver: OpinionGiver | None = None
        self._known: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._lock = Lock()

    def of(self, comments: Sequence[Comment]) -> tuple[str | None, Mapping[str, Mapping[str, Any]]]:
        """Say what the second tier says.

        Parameters
        ----------
        comments : Sequence[Comment]
            A few hundred at most.

        Returns
        -------
        tuple[str | None, Mapping[str, Mapping[str, Any]]]
            The version of its models, and of the published answers what tells how far they lie apart, by
            comment id, without the refused ones; None and nothing where there is no second tier, or
            others have kept it busy for too long.
        """
        if self._find_giver is None or not self._lock.acquire(timeout=self._patience_s):
            return None, {}
        try:
            giver = self._find_giver()
            if giver is not self._giver:
                self._known.clear()
                self._giver = giver
            if giver is None:
                return None, {}
            fresh = [comment for comment in comments if comment.id not in self._known]
            for comment, answer in zip(fresh, giver.analyze(fresh) if fresh else (), strict=True):
                self._known[comment.id] = _kept(answer)
            found = {comment.id: self._known[comment.id] for comment in comments}
            for comment_id in found:
                self._known.move_to_end(comment_id)
            while len(self._known) > _MOST_KEPT:
                self._known.popitem(last=False)
        finally:
            self._lock.release()
        return giver.model_version, {one: answer for one, answer in found.items() if answer}


def _kept(answer: Analysis | Refusal) -> dict[str, Any]:
    """Take what is needed of an answer; nothing of a refusal."""
    if isinstance(answer, Refusal):
        return {}
    told = answer.to_dict()
    return {name: told[name] for name in _TOLD if name in told}


def get_second_opinion(request: Request) -> SecondOpinion:
    """Hand out the application's second opinion.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    SecondOpinion
        One per process.
    """
    return cast(SecondOpinion, request.app.state.second_opinion)


SecondOpinionDep = Annotated[SecondOpinion, Depends(get_second_opinion)]
