"""What the registry names for a tier, and whether that is something else than before."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

_log = structlog.get_logger(__name__)
UNKNOWN = "unknown"
"""Stands for the version where the registry itself cannot be read."""

_VERSION = "version"


@dataclass(frozen=True, slots=True)
class TierModels:
    """The models of a tier as the registry named them at one moment.

    Parameters
    ----------
    folder : Path
        Folder of the models, links followed.
    parts : Mapping[str, str]
        What `voc_nlp.loading.read_tier` gives.
    manifests : Mapping[str, str]
        Sha256 of the manifest of every part that has one: a part may be trained anew in its place.
    """

    folder: Path
    parts: Mapping[str, str]
    manifests: Mapping[str, str]

    @property
    def version(self) -> str:
        """Version that their answers state."""
        return self.parts[_VERSION]

    def shares(self, other: "TierModels", *parts: str) -> bool:
        """Say whether some parts are the same files in both.

        Parameters
        ----------
        other : TierModels
            Other models.
        *parts : str
            The parts.

        Returns
        -------
        bool
            True for the same folders with the same manifests.
        """
        return self.folder == other.folder and all(
            (self.parts.get(part), self.manifests.get(part))
            == (other.parts.get(part), other.manifests.get(part))
            for part in parts
        )


def read_models(models_dir: Path | None, tier: str) -> TierModels:
    """Read what the registry names now; raises what `voc_nlp.loading.read_tier` does.

    Parameters
    ----------
    models_dir : Path | None
        Folder with ``registry.toml``; the shipped models when None.
    tier : str
        Name of a tier in the registry.

    Returns
    -------
    TierModels
        Nothing is loaded yet.
    """
    from voc_nlp.artifacts import MANIFEST
    from voc_nlp.loading import read_tier, shipped_models

    folder = (models_dir or shipped_models()).resolve()
    parts = read_tier(folder, tier)
    manifests = {}
    for part, name in parts.items():
        path = folder / name / MANIFEST
        if part != _VERSION and name and path.is_file():
            manifests[part] = hashlib.sha256(path.read_bytes()).hexdigest()
    return TierModels(folder, parts, manifests)


class RegistryWatch:
    """Looks at the registry again and again; what it names is told once, until somebody asks again.

    Parameters
    ----------
    models_dir : Path | None
        Folder with ``registry.toml``; the shipped models when None.
    tier : str
        Name of a tier in the registry.
    on_refusal : Callable[[], None]
        Called whenever models are refused.
    """

    def __init__(
        self, models_dir: Path | None, tier: str, on_refusal: Callable[[], None] = lambda: None
    ) -> None:
        self._models_dir = models_dir
        self._tier = tier
        self._on_refusal = on_refusal
        self._seen: object = None
        self._loaded: TierModels | None = None
        self.refused: str | None = None

    def first(self) -> TierModels:
        """Read what is to be loaded at the start; raises what `read_models` does.

        Returns
        -------
        TierModels
            Counts as loaded from now on.
        """
        self._seen = self._glance()
        self._loaded = read_models(self._models_dir, self._tier)
        return self._loaded

    def next(self, *, again: bool = False) -> TierModels | None:
        """Find out whether other models are to be loaded.

        Parameters
        ----------
        again : bool
            Whether to try models once more that were refused and named no other way since.

        Returns
        -------
        TierModels | None
            None when the registry has not changed, names what is loaded, or cannot be read, which
            is a refusal.
        """
        seen = self._glance()
        if seen == self._seen and not again:
            return None
        self._seen, self.refused = seen, None
        try:
            found = read_models(self._models_dir, self._tier)
        except Exception as error:
            self.refuse(UNKNOWN, error)
            return None
        return None if found == self._loaded else found

    def accept(self, models: TierModels) -> None:
        """Note that models are in service.

        Parameters
        ----------
        models : TierModels
            What `next` gave.
        """
        self._loaded = models

    def refuse(self, version: str, error: Exception) -> None:
        """Note, and log, that models could not be loaded.

        Parameters
        ----------
        version : str
            Their version.
        error : Exception
            Why; its message names files and holds no comment.
        """
        self.refused = version
        self._on_refusal()
        _log.error("models_refused", version=version, error=type(error).__name__, reason=str(error))

    def _glance(self) -> object:
        """Read the bytes of the registry; it is short, and a changed link or a reused inode hides nothing."""
        from voc_nlp.loading import REGISTRY, shipped_models

        try:
            folder = (self._models_dir or shipped_models()).resolve()
            return folder, (folder / REGISTRY).read_bytes()
        except Exception as error:
            return type(error)
