"""The models of the second tier: those of the registry's state that the service itself answers by."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from api.analysis.registry import RegistryWatch, TierModels
from voc_nlp.errors import VocError
from voc_nlp.schema import Analysis, Comment, Refusal

SECOND_TIER = "fast"


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


class SecondTier:
    """Loads the second tier with the first question, and again when other models of it are in service.

    Called by one thread at a time, and never on the event loop, which reading and loading would stop.

    Parameters
    ----------
    watch : RegistryWatch
        Of the second tier.
    is_in_service : Callable[[], bool]
        Whether the service answers by what the registry names now; as long as it does not, because
        it is loading or has refused that, the second tier stays as it is.
    load : Callable[[TierModels], OpinionGiver]
        Loads models.
    """

    def __init__(
        self,
        watch: RegistryWatch,
        is_in_service: Callable[[], bool],
        load: Callable[[TierModels], OpinionGiver],
    ) -> None:
        self._watch = watch
        self._is_in_service = is_in_service
        self._load = load
        self._giver: OpinionGiver | None = None

    def giver(self) -> OpinionGiver | None:
        """Hand out the models.

        Returns
        -------
        OpinionGiver | None
            The newest that could be loaded; None where none could. Refused ones are not tried again until
            the registry changes.
        """
        if self._is_in_service() and (models := self._watch.next()) is not None:
            try:
                self._giver = self._load(models)
            except Exception as error:
                self._watch.refuse(models.version, error)
            else:
                self._watch.accept(models)
        return self._giver


def names(models_dir: Path | None, tier: str, version: str) -> bool:
    """Say whether the registry names a version for a tier at this moment.

    Parameters
    ----------
    models_dir : Path | None
        Folder with ``registry.toml``; the shipped models when None.
    tier : str
        The tier.
    version : str
        The version.

    Returns
    -------
    bool
        False too where the registry cannot be read.
    """
    from voc_nlp.loading import read_tier, shipped_models

    try:
        return read_tier(models_dir or shipped_models(), tier)["version"] == version
    except (OSError, VocError):
        return False
