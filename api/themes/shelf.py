"""What themes need beside the database: the encoder, the shipped themes, and models that were read lately."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Annotated, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
from fastapi import Depends, Request
from numpy.typing import NDArray

from api.analysis.registry import TierModels
from api.deps import Analyzer, AnalyzerDep
from voc_nlp.embedding import Embedder
from voc_nlp.sentence_encoder import is_same_encoder, probe_encoder
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.text.normalize import normalize
from voc_nlp.topics.model import ThemeModel

_MOST_KEPT = 64
_STORED = np.dtype("<f2")


class ThemeShelf:
    """Embeds texts as themes compare them, and keeps models in memory; safe to share between threads.

    Parameters
    ----------
    embedder : Embedder
        The encoder of the loaded models.
    shipped : ThemeModel
        The themes that a tenant starts with.
    """

    def __init__(self, embedder: Embedder, shipped: ThemeModel) -> None:
        self.embedder = embedder
        self.shipped = shipped
        self.fingerprint = f"{shipped.encoder}/{embedder.dimension}"[:200]
        self._probe = probe_encoder(embedder)
        self._models: OrderedDict[tuple[str, int], ThemeModel] = OrderedDict()
        self._lock = Lock()

    @classmethod
    def load(cls, models: TierModels) -> "ThemeShelf":
        """Load the encoder and the themes of a tier, and nothing else.

        Parameters
        ----------
        models : TierModels
            What the registry named.

        Returns
        -------
        ThemeShelf
            For the worker, which analyses nothing.
        """
        from voc_nlp.loading import load_encoder

        embedder = load_encoder(models.folder, models.parts)
        return cls(embedder, ThemeModel.load(models.folder / models.parts["themes"], embedder))

    def can_use(self, model: ThemeModel) -> bool:
        """Say whether a model compares the vectors of the encoder that is loaded.

        Parameters
        ----------
        model : ThemeModel
            A tenant's model, perhaps fitted when another encoder was loaded.

        Returns
        -------
        bool
            False when it must be fitted again.
        """
        if model.dimension != self.embedder.dimension:
            return False
        return model.probe is None or is_same_encoder(self._probe, model.probe)

    def embed(self, texts: Sequence[str], dictionary: Dictionary) -> list[bytes]:
        """Embed texts, and round them as they are stored.

        Parameters
        ----------
        texts : Sequence[str]
            Masked texts as they are stored.
        dictionary : Dictionary
            The tenant's words.

        Returns
        -------
        list[bytes]
            Half-precision vectors.
        """
        if not texts:
            return []
        alike = [dictionary.apply_synonyms(normalize(text).text) for text in texts]
        return [row.tobytes() for row in self.embedder.embed(alike).astype(_STORED)]

    def unpack(self, vectors: Sequence[bytes]) -> NDArray[np.float32]:
        """Read stored vectors.

        Parameters
        ----------
        vectors : Sequence[bytes]
            What `embed` made.

        Returns
        -------
        NDArray[np.float32]
            Shape (n, dimension).
        """
        flat = np.frombuffer(b"".join(vectors), dtype=_STORED)
        return flat.reshape(len(vectors), self.embedder.dimension).astype(np.float32)

    def find(self, tenant_id: str, revision: int) -> ThemeModel | None:
        """Look a model up that was read or made lately.

        Parameters
        ----------
        tenant_id : str
            Whose model.
        revision : int
            Which one; a revision never changes.

        Returns
        -------
        ThemeModel | None
            None when it is not in memory.
        """
        with self._lock:
            model = self._models.get((tenant_id, revision))
            if model is not None:
                self._models.move_to_end((tenant_id, revision))
            return model

    def keep(self, tenant_id: str, model: ThemeModel) -> None:
        """Keep a committed model in memory.

        Parameters
        ----------
        tenant_id : str
            Whose model.
        model : ThemeModel
            As it was read from the database.
        """
        with self._lock:
            self._models[tenant_id, model.revision] = model
            while len(self._models) > _MOST_KEPT:
                self._models.popitem(last=False)


Shelves: TypeAlias = WeakKeyDictionary[Analyzer, ThemeShelf]
"""By analyzer; a shelf goes with the models that it belongs to."""


def get_shelf(request: Request, analyzer: AnalyzerDep) -> ThemeShelf:
    """Hand out the shelf of the request's analyzer; made with the first request that needs it.

    Parameters
    ----------
    request : Request
        The request.
    analyzer : AnalyzerDep
        The loaded models.

    Returns
    -------
    ThemeShelf
        One per process and set of models.
    """
    shelves: Shelves = request.app.state.theme_shelves
    shelf = shelves.get(analyzer)
    if shelf is None:
        shelf = shelves.setdefault(analyzer, ThemeShelf(analyzer.embedder, analyzer.themes))
    return shelf


ShelfDep = Annotated[ThemeShelf, Depends(get_shelf)]
