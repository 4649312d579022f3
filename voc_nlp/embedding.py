"""Texts to vectors: the Embedder protocol, the static bilingual default, any sentence-transformers model.

The default is a table of token rows that Japanese and English share: a text's
vector is the unit-length mean of the rows of its pieces. It needs numpy and
tokenizers alone.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from voc_nlp.artifacts import open_folder
from voc_nlp.cutter import Cutter
from voc_nlp.errors import MissingArtifactError
from voc_nlp.pieces import Pieces, Stretches

ENCODER_KIND = "static-encoder"

_AS_SPACE = dict.fromkeys(map(ord, "\t\n\v\f\r\u3000"), " ")
_OTHER_SPACE = re.compile("[\t\n\v\f\r\u3000]")

_ROWS_AT_A_TIME = 4096
"""Rows of the table that are widened to floats together; bounds the memory of loading."""


class Embedder(Protocol):
    """What turns texts into vectors."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts.

        Parameters
        ----------
        texts : Sequence[str]
            Normalised texts, in any mix of languages.

        Returns
        -------
        NDArray[np.float32]
            Unit vectors, shape (n, dimension), in the order of `texts`; a text
            without a known piece gets the zero vector.
        """
        ...


class StaticEmbedder:
    """The shipped bilingual encoder: one row a piece, mean of the rows.

    Parameters
    ----------
    tokenizer : Tokenizer
        Cuts a text into pieces.
    rows : NDArray[np.int8]
        The table, shape (rows, dimension); row 0 stands for nothing and is zero.
    scales : NDArray[np.float32]
        What to multiply each row by, shape (rows,).
    row_of_piece : NDArray[np.int32]
        Row of each piece, shape (pieces,); several pieces (forms of a word) share a row.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        rows: NDArray[np.int8],
        scales: NDArray[np.float32],
        row_of_piece: NDArray[np.int32],
    ) -> None:
        self._tokenizer = tokenizer
        self._cutter = Cutter(tokenizer)
        self._rows = rows
        self._scales = scales
        self._row_of_piece = row_of_piece

    @classmethod
    def load(cls, folder: Path) -> "StaticEmbedder":
        """Open a model folder of kind ``static-encoder``.

        Parameters
        ----------
        folder : Path
            The model folder.

        Returns
        -------
        StaticEmbedder
            Ready to embed.
        """
        model = open_folder(folder, ENCODER_KIND)
        arrays = model.tensors("table")
        tokenizer = Tokenizer.from_str(model.text("tokenizer.json"))
        return cls(tokenizer, arrays["rows"], arrays["scales"], arrays["row_of_piece"])

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._rows.shape[1])

    def pieces(self, texts: Sequence[str]) -> Pieces:
        """Cut texts into pieces.

        Parameters
        ----------
        texts : Sequence[str]
            Normalised texts.

        Returns
        -------
        Pieces
            All pieces, in order.
        """
        lines = [text.translate(_AS_SPACE) if _OTHER_SPACE.search(text) else text for text in texts]
        letters = np.frombuffer("".join(lines).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        lowered = letters + ((letters >= ord("A")) & (letters <= ord("Z"))) * np.uint32(32)
        letter_starts = np.cumsum([0, *map(len, lines)])
        ids, owners, starts, ends = self._cutter.cut(lines, lowered, letter_starts)
        return Pieces(ids, owners, starts, ends, lowered, letter_starts, tuple(texts))

    @property
    def row_count(self) -> int:
        """Number of rows of the table."""
        return len(self._rows)

    def table(self) -> NDArray[np.float32]:
        """Return the whole table.

        Returns
        -------
        NDArray[np.float32]
            Shape (rows, dimension).
        """
        table: NDArray[np.float32] = self._rows * self._scales[:, None]
        return table

    def piece_rows(self) -> list[tuple[str, int]]:
        """List every piece with the row that it leads to.

        Returns
        -------
        list[tuple[str, int]]
            In the order of the piece numbers.
        """
        names = (str(self._tokenizer.id_to_token(number)) for number in range(len(self._row_of_piece)))
        return list(zip(names, self._row_of_piece.tolist(), strict=True))

    def rows_of(self, pieces: Pieces) -> NDArray[np.int32]:
        """Name the row that each piece leads to.

        Parameters
        ----------
        pieces : Pieces
            What `pieces` returned.

        Returns
        -------
        NDArray[np.int32]
            Shape (total,); 0 for an unknown piece.
        """
        return self._row_of_piece[pieces.ids]

    def piece_vectors(self, pieces: Pieces) -> NDArray[np.float32]:
        """Look up the row of each piece.

        Parameters
        ----------
        pieces : Pieces
            What `pieces` returned.

        Returns
        -------
        NDArray[np.float32]
            Shape (total, dimension); not scaled to unit length.
        """
        rows = self.rows_of(pieces)
        values: NDArray[np.float32] = self._rows[rows] * self._scales[rows][:, None]
        return values

    def weigh_rows(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Multiply every row of the table by weights, once, instead of every piece whenever it occurs.

        Parameters
        ----------
        weights : NDArray[np.float32]
            Shape (dimension, columns).

        Returns
        -------
        NDArray[np.float32]
            Shape (rows, columns).
        """
        weighed = np.empty((self.row_count, weights.shape[1]), dtype=np.float32)
        for first in range(0, self.row_count, _ROWS_AT_A_TIME):
            chunk = slice(first, first + _ROWS_AT_A_TIME)
            weighed[chunk] = (self._rows[chunk].astype(np.float32) @ weights) * self._scales[chunk, None]
        return weighed

    def embed_stretches(self, stretches: Stretches) -> NDArray[np.float32]:
        """Embed runs of pieces.

        Parameters
        ----------
        stretches : Stretches
            Whole texts, sentences or clauses.

        Returns
        -------
        NDArray[np.float32]
            Unit vectors, shape (n, dimension); the zero vector where no piece is known.
        """
        rows = self.rows_of(stretches.pieces)
        values, scales = self._rows.take(rows, axis=0).astype(np.float32), self._scales[rows]
        sums = np.zeros((len(stretches), self.dimension), dtype=np.float32)
        for row, (first, last) in enumerate(
            zip(stretches.first.tolist(), stretches.last.tolist(), strict=True)
        ):
            if first < last:
                np.dot(scales[first:last], values[first:last], out=sums[row])
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        unit: NDArray[np.float32] = sums / np.maximum(norms, 1e-9)
        return unit

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts; see `Embedder.embed`.

        Parameters
        ----------
        texts : Sequence[str]
            Normalised texts, in any mix of languages.

        Returns
        -------
        NDArray[np.float32]
            Unit vectors, shape (n, dimension), in the order of `texts`.
        """
        return self.embed_stretches(self.pieces(texts).whole())


class SentenceTransformerEmbedder:
    """Any sentence-transformers model as embedder; needs the extra ``topics`` or ``training``.

    Its transformer's weights are read from safetensors alone.

    Parameters
    ----------
    name_or_path : str
        A local folder, or the name of a model that the hub's cache on this machine holds.
    may_fetch : bool
        Whether a model that is not in the cache may be fetched; else nothing goes over the network.

    Raises
    ------
    MissingArtifactError
        If there is no such model or it has no safetensors, or sentence-transformers is not installed.
    """

    def __init__(self, name_or_path: str, *, may_fetch: bool = False) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ModuleNotFoundError as error:
            raise MissingArtifactError(
                f"the encoder {name_or_path!r} needs {error.name}, which is not installed; "
                "install it with: pip install 'voc-nlp[topics]'"
            ) from error
        self._lock = Lock()
        try:
            self._model = SentenceTransformer(
                name_or_path if may_fetch else _local_folder(name_or_path),
                device="cpu",
                local_files_only=not may_fetch,
                model_kwargs={"use_safetensors": True},  # a pickled file could run code
            )
        except (OSError, ValueError) as error:
            wanted = "a name that a hub knows" if may_fetch else "the name of one in the hub's cache"
            raise MissingArtifactError(
                f"no sentence-transformers model at {name_or_path!r}; "
                f"expected a folder or {wanted}, with weights in safetensors"
            ) from error
        # Later releases renamed it; a model of one's own may not know its dimension.
        ask = getattr(self._model, "get_embedding_dimension", None)
        known = ask() if ask else self._model.get_sentence_embedding_dimension()
        self._dimension = int(known or len(self._model.encode(["a"], normalize_embeddings=True)[0]))

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts; see `Embedder.embed`.

        Parameters
        ----------
        texts : Sequence[str]
            Normalised texts, in any mix of languages.

        Returns
        -------
        NDArray[np.float32]
            Unit vectors, shape (n, dimension), in the order of `texts`; a blank text gets the zero vector.
        """
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        places: dict[str, list[int]] = {}
        for place, text in enumerate(texts):
            if text.strip():
                places.setdefault(text, []).append(place)
        if places:
            with self._lock:  # its tokenizer refuses a second thread
                found = self._model.encode(list(places), normalize_embeddings=True, show_progress_bar=False)
            for vector, same in zip(found, places.values(), strict=True):
                vectors[same] = vector
        return vectors


def _local_folder(name_or_path: str) -> str:
    """Find the folder of a model on this machine.

    Even when it is told to look at local files only, the hub's client asks the hub about a name.
    """
    from huggingface_hub import try_to_load_from_cache

    if Path(name_or_path).is_dir():
        return name_or_path
    owned = name_or_path if "/" in name_or_path else f"sentence-transformers/{name_or_path}"
    for file in ("modules.json", "config.json"):
        found = try_to_load_from_cache(owned, file)
        if isinstance(found, str):
            return str(Path(found).parent)
    raise FileNotFoundError(f"{name_or_path} is neither a folder nor in the hub's cache")
