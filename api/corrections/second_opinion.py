"""What the small tier says of a few comments beside what is stored of them."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Annotated, Any, Protocol, cast

from fastapi import Depends, Request

from api.logs import log_failure
from voc_nlp.schema import Analysis, Comment, Refusal

SECOND_TIER = "fast"
_MOST_KEPT = 10_000


class OpinionGiver(Protocol):
    """What a second opinion needs of an analyzer."""

    @property
    def model_version(self) -> str:
        """Version of the models."""

    def analyze(self, comments: Sequence[Comment | str]) -> list[Analysis | Refusal]:
        """Analyse a batch.

        Parameters
        ----------
        comments : Sequence[Comment | str]
            The batch.

        Returns
        -------
        list[Analysis | Refusal]
            One answer per comment, in the same order.
        """


class SecondOpinion:
    """Analyses in the thread of whoever asks, one at a time; never call it on the event loop.

    Parameters
    ----------
    load : Callable[[], OpinionGiver] | None
        Loads the models with the first question; None where there is no second tier.
    """

    def __init__(self, load: Callable[[], OpinionGiver] | None) -> None:
        self._load = load
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
            The version of its models, and the published answers by comment id, without the refused ones;
            None and nothing where there is no second tier.
        """
        with self._lock:
            giver = self._ready()
            if giver is None:
                return None, {}
            fresh = [comment for comment in comments if comment.id not in self._known]
            for comment, answer in zip(fresh, giver.analyze(fresh) if fresh else (), strict=True):
                self._known[comment.id] = {} if isinstance(answer, Refusal) else answer.to_dict()
            found = {comment.id: self._known[comment.id] for comment in comments}
            for comment_id in found:
                self._known.move_to_end(comment_id)
            while len(self._known) > _MOST_KEPT:
                self._known.popitem(last=False)
        return giver.model_version, {one: answer for one, answer in found.items() if answer}

    def _ready(self) -> OpinionGiver | None:
        """Return the analyzer, loaded now if it was not; a tier that cannot be loaded is not asked again."""
        if self._giver is None and self._load is not None:
            load, self._load = self._load, None
            try:
                self._giver = load()
            except Exception as error:
                log_failure("second_opinion_unavailable", error)
        return self._giver


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
