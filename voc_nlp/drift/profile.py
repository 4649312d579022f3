"""What is kept of a week for drift: counts and sums, never a text; profiles of parts add up to the whole."""

import base64
import binascii
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.errors import InputError

FORMAT = 1
"""Number of the JSON shape; it changes with `BUCKETS`, the cutting of words and the classes of a measure."""

BUCKETS = 4096
"""Words are counted in so many hash buckets."""

LEAST_KEPT = 10
"""Words and vectors of fewer comments are not stored."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over vectors of one encoder.

    Parameters
    ----------
    n : int
        Number of vectors.
    sums : NDArray[np.float64]
        Sum of the vectors, shape (dimension,).
    squares : NDArray[np.float64]
        Sum of their squared coordinates, shape (dimension,).
    """

    n: int
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]

    def __add__(self, other: "Moments") -> "Moments":
        """Add the sums of other vectors of the same encoder."""
        return Moments(self.n + other.n, self.sums + other.sums, self.squares + other.squares)


def _no_words() -> NDArray[np.int64]:
    return np.zeros(BUCKETS, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Slice:
    """The comments of one language that one version of the models analysed.

    Parameters
    ----------
    n : int
        Number of comments.
    counts : Mapping[str, Mapping[str, int]]
        Comments by measure (``sentiment``, ``length``, ...) and label.
    with_words : int
        Comments whose text was read.
    words : NDArray[np.int64]
        How many of them have a word of each hash bucket, shape (`BUCKETS`,).
    vectors : Mapping[str, Moments]
        Sums over the vectors, by name of the encoder.
    """

    n: int
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    with_words: int = 0
    words: NDArray[np.int64] = field(default_factory=_no_words)
    vectors: Mapping[str, Moments] = field(default_factory=dict)

    def __add__(self, other: "Slice") -> "Slice":
        """Add the counts of other comments of the same language and version."""
        counts = {name: Counter(labels) for name, labels in self.counts.items()}
        for name, labels in other.counts.items():
            counts.setdefault(name, Counter()).update(labels)
        vectors = dict(self.vectors)
        for encoder, moments in other.vectors.items():
            vectors[encoder] = vectors[encoder] + moments if encoder in vectors else moments
        return Slice(
            self.n + other.n,
            counts,
            self.with_words + other.with_words,
            self.words + other.words,
            vectors,
        )


@dataclass(frozen=True, slots=True)
class WeekProfile:
    """What is kept of the comments of a week, or of any part of it.

    Parameters
    ----------
    slices : Mapping[tuple[str, str], Slice]
        By language and model version; the version is empty for refused comments.
    """

    slices: Mapping[tuple[str, str], Slice] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of comments."""
        return sum(one.n for one in self.slices.values())

    @property
    def version(self) -> str:
        """The model version that analysed the most of them; empty when none was analysed."""
        sizes: defaultdict[str, int] = defaultdict(int)
        for (_, version), one in self.slices.items():
            if version:
                sizes[version] += one.n
        return max(sorted(sizes), key=sizes.__getitem__, default="")

    @property
    def encoder(self) -> str:
        """The encoder that made the most of their vectors; empty when there is none."""
        sizes: defaultdict[str, int] = defaultdict(int)
        for one in self.slices.values():
            for encoder, moments in one.vectors.items():
                sizes[encoder] += moments.n
        return max(sorted(sizes), key=sizes.__getitem__, default="")

    def of_language(self, language: str) -> "WeekProfile":
        """Leave the comments of one language.

        Parameters
        ----------
        language : str
            ``ja``, ``en``, ...

        Returns
        -------
        WeekProfile
            Their profile.
        """
        return WeekProfile({key: one for key, one in self.slices.items() if key[0] == language})

    def without_rare(self, least: int = LEAST_KEPT) -> "WeekProfile":
        """Leave words and vectors out where they are those of few comments.

        Parameters
        ----------
        least : int
            Comments of one language and model version whose sums are kept.

        Returns
        -------
        WeekProfile
            For storing: no sum of it speaks of a single comment.
        """
        return WeekProfile(
            {key: one if one.n >= least else Slice(one.n, one.counts) for key, one in self.slices.items()}
        )

    def __add__(self, other: "WeekProfile") -> "WeekProfile":
        """Add the profile of other comments."""
        slices = dict(self.slices)
        for key, one in other.slices.items():
            slices[key] = slices[key] + one if key in slices else one
        return WeekProfile(slices)

    def to_dict(self) -> dict[str, Any]:
        """Return the profile as JSON values; arrays are packed into base64.

        Returns
        -------
        dict[str, Any]
            What `from_dict` reads.
        """
        return {
            "format": FORMAT,
            "slices": [
                {
                    "language": language,
                    "version": version,
                    "n": one.n,
                    "counts": {name: dict(labels) for name, labels in one.counts.items()},
                    "with_words": one.with_words,
                    "words": _pack(one.words, "<u4"),
                    "vectors": {
                        encoder: {
                            "n": moments.n,
                            "sums": _pack(moments.sums, "<f8"),
                            "squares": _pack(moments.squares, "<f8"),
                        }
                        for encoder, moments in one.vectors.items()
                    },
                }
                for (language, version), one in sorted(self.slices.items())
            ],
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> "WeekProfile":
        """Read a profile.

        Parameters
        ----------
        value : Mapping[str, Any]
            What `to_dict` returned.

        Returns
        -------
        WeekProfile
            The profile.

        Raises
        ------
        InputError
            If it is none, or of another format.
        """
        found = value.get("format") if isinstance(value, Mapping) else None
        if found != FORMAT:
            raise InputError(
                f"the profile of a week has format {found!r}; expected {FORMAT}. "
                "Make it anew from the comments."
            )
        try:
            slices = {
                (str(one["language"]), str(one["version"])): Slice(
                    int(one["n"]),
                    {
                        str(name): {str(label): int(count) for label, count in labels.items()}
                        for name, labels in one["counts"].items()
                    },
                    int(one["with_words"]),
                    _unpack(one["words"], "<u4").astype(np.int64),
                    {
                        str(encoder): Moments(
                            int(moments["n"]),
                            _unpack(moments["sums"], "<f8"),
                            _unpack(moments["squares"], "<f8"),
                        )
                        for encoder, moments in one["vectors"].items()
                    },
                )
                for one in value["slices"]
            }
        except (KeyError, TypeError, ValueError, AttributeError, zlib.error, binascii.Error) as error:
            raise InputError(
                f"the profile of a week cannot be read ({type(error).__name__}); expected what "
                "WeekProfile.to_dict returns. Make it anew from the comments."
            ) from error
        return cls(slices)


def merge(profiles: Iterable[WeekProfile]) -> WeekProfile:
    """Add profiles up.

    Parameters
    ----------
    profiles : Iterable[WeekProfile]
        Of different comments.

    Returns
    -------
    WeekProfile
        The profile of all of them; an empty one of none.
    """
    return sum(profiles, WeekProfile())


def _pack(array: NDArray[Any], kind: str) -> str:
    return base64.b64encode(zlib.compress(array.astype(kind).tobytes())).decode("ascii")


def _unpack(text: str, kind: str) -> NDArray[Any]:
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=kind)
