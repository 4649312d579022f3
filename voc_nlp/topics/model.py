"""Themes as frozen prototypes: one assignment rule in fit, in assign, and after loading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.artifacts import check_keys, open_folder, write_folder
from voc_nlp.comparing import cosines, take_off
from voc_nlp.embedding import Embedder
from voc_nlp.errors import DictionaryError, InputError, UnknownFormatError
from voc_nlp.schema import Language, ThemeMatch
from voc_nlp.sentence_encoder import is_same_encoder, probe_encoder
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.topics.hierarchy import find_misplaced
from voc_nlp.topics.lineage import Descent
from voc_nlp.topics.theme import Theme

THEMES_KIND = "themes"
MOST_MATCHES = 3
"""Themes of one comment, at most."""

_RUNNER_UP_MARGIN = 0.05
_ROWS_AT_A_TIME = 8_192
_PROTOTYPES = "prototypes"


@dataclass(frozen=True, eq=False)
class ThemeModel:
    """Assigns comments to themes by cosine to the themes' prototypes.

    It is a value: whoever edits it gets another one.

    Parameters
    ----------
    themes : Sequence[Theme]
        The themes, groups and rule themes among them.
    prototypes : NDArray[np.float32]
        Unit vectors, shape (prototypes, dimension), in the order of `owners`.
    centers : NDArray[np.float32]
        What comments of one language have in common whatever they are about, Japanese and then English,
        which is taken off a vector before it is compared, shape (2, dimension).
    threshold : float
        Least cosine of a match, in [-1, 1].
    encoder : str
        Name and version of the encoder that the prototypes were made with.
    seed : int
        Seed of the fit.
    owners : NDArray[np.int64]
        Index in `themes` of each prototype's theme, ascending; by default each theme has one, in order.
    probe : Sequence[float] | None
        What `probe_encoder` gave for that encoder; None in a model that was fitted before there were probes.
    dictionary : Dictionary
        The tenant's words; its synonyms are applied before a text is embedded.
    corrections : Mapping[str, str | None]
        Comment id -> theme that a person gave it; None for "no theme".
    history : Sequence[Descent]
        Where themes came from, fit by fit.
    receipt : Mapping[str, Any]
        What the last fit was made of; see `voc_nlp.topics.receipt`.
    revision : int
        Number of fits and edits so far.
    """

    themes: Sequence[Theme]
    prototypes: NDArray[np.float32]
    centers: NDArray[np.float32]
    threshold: float = field(kw_only=True)
    encoder: str = field(kw_only=True)
    seed: int = field(kw_only=True)
    owners: NDArray[np.int64] = field(kw_only=True, default_factory=lambda: np.zeros(0, dtype=np.int64))
    probe: Sequence[float] | None = field(kw_only=True, default=None)
    dictionary: Dictionary = field(kw_only=True, default_factory=Dictionary.empty)
    corrections: Mapping[str, str | None] = field(kw_only=True, default_factory=dict)
    history: Sequence[Descent] = field(kw_only=True, default=())
    receipt: Mapping[str, Any] = field(kw_only=True, default_factory=dict)
    revision: int = field(kw_only=True, default=1)

    def __post_init__(self) -> None:
        """Give the fields their one form."""
        owners = self.owners if len(self.owners) else np.arange(len(self.prototypes))
        object.__setattr__(self, "themes", tuple(self.themes))
        object.__setattr__(self, "owners", np.asarray(owners, dtype=np.int64))
        object.__setattr__(self, "probe", None if self.probe is None else tuple(self.probe))
        object.__setattr__(self, "history", tuple(self.history))

    @property
    def dimension(self) -> int:
        """Length of the vectors that are compared."""
        return int(self.prototypes.shape[1])

    def find(self, theme_id: str) -> Theme:
        """Find a theme.

        Parameters
        ----------
        theme_id : str
            Its id.

        Returns
        -------
        Theme
            The theme.

        Raises
        ------
        InputError
            If there is none of that id.
        """
        for theme in self.themes:
            if theme.id == theme_id:
                return theme
        raise InputError(
            f"there is no theme {theme_id!r} among the {len(self.themes)}; list them with `voc themes show`"
        )

    def prototypes_of(self, theme_id: str) -> NDArray[np.float32]:
        """Pick a theme's prototypes.

        Parameters
        ----------
        theme_id : str
            Its id.

        Returns
        -------
        NDArray[np.float32]
            Shape (prototypes of the theme, dimension); none for a group or a rule theme.
        """
        place = [theme.id for theme in self.themes].index(self.find(theme_id).id)
        rows: NDArray[np.float32] = self.prototypes[self.owners == place]
        return rows

    def bare(
        self, vectors: NDArray[np.float32], languages: Sequence[Language] | None = None
    ) -> NDArray[np.float32]:
        """Take off vectors what their language alone gives them.

        Parameters
        ----------
        vectors : NDArray[np.float32]
            Unit vectors, shape (n, dimension).
        languages : Sequence[Language] | None
            Language of each comment; English when None.

        Returns
        -------
        NDArray[np.float32]
            What is compared with the prototypes.
        """
        return take_off(vectors, languages, self.centers)

    def similarities(
        self, vectors: NDArray[np.float32], languages: Sequence[Language] | None = None
    ) -> NDArray[np.float32]:
        """Compare comments with all themes.

        Parameters
        ----------
        vectors : NDArray[np.float32]
            Unit vectors of the comments, shape (n, dimension).
        languages : Sequence[Language] | None
            Language of each comment; English when None.

        Returns
        -------
        NDArray[np.float32]
            Cosine to the theme's nearest prototype, shape (n, themes); -2 where a theme
            has no prototype or is archived. A vector that is not finite or has another
            length is an `InputError`.
        """
        _check_vectors(vectors, self.dimension)
        found = np.full((len(vectors), len(self.themes)), -2, dtype=np.float32)
        if not len(self.prototypes) or not len(vectors):
            return found
        owning, first = np.unique(self.owners, return_index=True)
        compared = cosines(self.bare(vectors, languages), self.prototypes)
        found[:, owning] = np.maximum.reduceat(compared, first, axis=1)
        found[:, [place for place, theme in enumerate(self.themes) if theme.archived]] = -2
        return found

    def assign(
        self,
        vectors: NDArray[np.float32],
        languages: Sequence[Language] | None = None,
        *,
        most: int = MOST_MATCHES,
    ) -> list[tuple[ThemeMatch, ...]]:
        """Find the learnt themes of comments.

        Parameters
        ----------
        vectors : NDArray[np.float32]
            Unit vectors of the comments, shape (n, dimension).
        languages : Sequence[Language] | None
            Language of each comment, in which its themes are named; English when None.
        most : int
            Themes of one comment, at most.

        Returns
        -------
        list[tuple[ThemeMatch, ...]]
            Best first: the nearest theme at or above the threshold, and others that are
            nearly as near; empty when no theme is near enough.
        """
        if not len(self.themes):
            return [()] * len(vectors)
        names = {lang: [(theme.id, theme.label[lang]) for theme in self.themes] for lang in ("ja", "en")}
        found: list[tuple[ThemeMatch, ...]] = []
        for start in range(0, len(vectors), _ROWS_AT_A_TIME):
            chunk = slice(start, start + _ROWS_AT_A_TIME)
            own = [Language.EN] * len(vectors[chunk]) if languages is None else list(languages[chunk])
            for language, places, values in zip(own, *self._rank(vectors[chunk], own, most), strict=True):
                named = names["ja" if language is Language.JA else "en"]
                found.append(
                    tuple(
                        ThemeMatch(*named[place], value) for place, value in zip(places, values, strict=True)
                    )
                )
        return found

    def check_encoder(self, encoder: Embedder, source: object = "the theme model") -> None:
        """Check that the themes were fitted with an encoder; without a probe only the dimension can tell.

        Parameters
        ----------
        encoder : Embedder
            Whose vectors will be compared.
        source : object
            Where the themes come from, for messages.

        Raises
        ------
        UnknownFormatError
            If it was another one.
        """
        if self.dimension != encoder.dimension:
            raise UnknownFormatError(
                f"{source} compares vectors of {self.dimension} numbers; the encoder here gives "
                f"{encoder.dimension}. Use the encoder that they were fitted with, {self.encoder!r}, "
                "or fit the themes again with this one."
            )
        if self.probe is not None and not is_same_encoder(probe_encoder(encoder), self.probe):
            raise UnknownFormatError(
                f"{source} was fitted with {self.encoder!r}, and the encoder here is another: the same text "
                "gets another vector. Use that one, or fit the themes again with this one."
            )

    @classmethod
    def load(cls, folder: Path, encoder: Embedder | None = None) -> "ThemeModel":
        """Open a model folder of kind ``themes``.

        Parameters
        ----------
        folder : Path
            The model folder.
        encoder : Embedder | None
            Whose vectors will be compared; not checked when None.

        Returns
        -------
        ThemeModel
            Assigns exactly as the model that was saved.

        Raises
        ------
        UnknownFormatError
            If the folder's facts do not fit its arrays, or the themes were fitted with another encoder.
        """
        opened = open_folder(folder, THEMES_KIND)
        if f"{_PROTOTYPES}.safetensors" not in opened.config["files"]:
            raise UnknownFormatError(
                f"{folder} holds {', '.join(sorted(opened.config['files'])) or 'no arrays'}; expected "
                f"{_PROTOTYPES}.safetensors. Its themes were fitted by an older program: fit them again "
                "with `voc themes fit`."
            )
        found = cls.from_parts(opened.config, opened.tensors(_PROTOTYPES), folder)
        if encoder is not None:
            found.check_encoder(encoder, folder)
        return found

    def save(self, folder: Path, *, name: str = "themes", version: str = "1.0.0") -> None:
        """Write the model folder.

        Parameters
        ----------
        folder : Path
            Where to write; an older model there is replaced.
        name : str
            Name of the model.
        version : str
            Version of the model.
        """
        facts, arrays = self.to_parts()
        write_folder(
            folder, kind=THEMES_KIND, name=name, version=version, tensors={_PROTOTYPES: arrays}, facts=facts
        )

    def to_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Take the model apart into what JSON holds and what arrays hold.

        Returns
        -------
        tuple[dict[str, Any], dict[str, NDArray[Any]]]
            JSON values, and arrays by name; `from_parts` puts them together again.
        """
        facts: dict[str, Any] = {
            "threshold": self.threshold,
            "encoder": self.encoder,
            **({} if self.probe is None else {"probe": list(self.probe)}),
            "seed": self.seed,
            "revision": self.revision,
            "dictionary": self.dictionary.to_dict(),
            "corrections": dict(self.corrections),
            "history": [descent.to_dict() for descent in self.history],
            "receipt": dict(self.receipt),
            "themes": [theme.to_dict() for theme in self.themes],
        }
        arrays: dict[str, NDArray[Any]] = {
            "prototypes": self.prototypes,
            "owners": self.owners,
            "centers": self.centers,
        }
        return facts, arrays

    @classmethod
    def from_parts(
        cls, facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], source: object = "the theme model"
    ) -> "ThemeModel":
        """Put a model together.

        Parameters
        ----------
        facts : Mapping[str, Any]
            What `to_parts` gave for JSON.
        arrays : Mapping[str, NDArray[Any]]
            What it gave as arrays.
        source : object
            Where they come from, for messages.

        Returns
        -------
        ThemeModel
            Assigns exactly as the model that was taken apart.

        Raises
        ------
        UnknownFormatError
            If the facts and the arrays do not fit each other.
        """
        check_keys(Path(str(source)), facts, ("themes", "threshold", "encoder", "seed"))
        check_keys(
            Path(str(source)),
            arrays,
            ("prototypes", "owners", "centers"),
            within="prototypes.safetensors",
        )
        try:
            found = cls(
                [Theme.from_dict(item) for item in facts["themes"]],
                arrays["prototypes"].astype(np.float32, copy=False),
                arrays["centers"].astype(np.float32, copy=False),
                threshold=facts["threshold"],
                encoder=facts["encoder"],
                seed=facts["seed"],
                owners=arrays["owners"],
                probe=facts.get("probe"),
                dictionary=Dictionary.from_dict(facts.get("dictionary", {})),
                corrections=dict(facts.get("corrections", {})),
                history=[Descent.from_dict(item) for item in facts.get("history", ())],
                receipt=dict(facts.get("receipt", {})),
                revision=facts.get("revision", 1),
            )
            fault = _find_fault(found, arrays["owners"])
        except (LookupError, TypeError, ValueError, AttributeError, DictionaryError) as error:
            raise UnknownFormatError(
                f"{source} holds a theme, a descent or a dictionary that cannot be read "
                f"({type(error).__name__}: {error}); expected what `voc themes fit` wrote. "
                "Fit the themes again."
            ) from error
        if fault:
            raise UnknownFormatError(
                f"{source} names {len(found.themes)} themes and holds {len(found.prototypes)} prototypes, "
                f"but {fault}; expected what `voc themes fit` wrote. Fit the themes again."
            )
        return found

    def _rank(
        self, vectors: NDArray[np.float32], languages: Sequence[Language], most: int
    ) -> tuple[list[list[int]], list[list[float]]]:
        """List the places and cosines of each comment's themes, best first."""
        compared = self.similarities(vectors, languages)
        order = np.argsort(-compared, axis=1, kind="stable")[:, :most]
        ranked = np.take_along_axis(compared, order, axis=1)
        least = np.maximum(self.threshold, ranked[:, :1] - _RUNNER_UP_MARGIN)
        counts = (ranked >= least).sum(axis=1).tolist()
        places = [row[:count] for row, count in zip(order.tolist(), counts, strict=True)]
        return places, [row[:count] for row, count in zip(ranked.tolist(), counts, strict=True)]


def _find_fault(model: ThemeModel, owners: NDArray[np.int64]) -> str | None:
    """Say what of a model that was read cannot be, None where all fits together."""
    ids = {theme.id for theme in model.themes}
    prototypes, centers = model.prototypes, model.centers
    if prototypes.ndim != 2 or centers.shape != (2, model.dimension):
        return "prototypes and centers are not of one dimension"
    if not (np.isfinite(prototypes).all() and np.isfinite(centers).all()):
        return "some of the numbers are not finite"
    if owners.shape != (len(prototypes),) or not np.issubdtype(owners.dtype, np.integer):
        return f"there are {len(owners)} owners of them"
    if len(owners) and not (owners[0] >= 0 and owners[-1] < len(ids) and (np.diff(owners) >= 0).all()):
        return "these do not belong to the themes one after the other"
    if not isinstance(model.threshold, float | int) or not -1 <= model.threshold <= 1:
        return f"the threshold is {model.threshold!r}"
    if len(ids) < len(model.themes):
        return "two themes have one id"
    if any({"ja", "en"} - set(theme.label) for theme in model.themes):
        return "a theme lacks its name in Japanese or English"
    strange = sorted({one for one in model.corrections.values() if one is not None} - ids)
    if strange:
        return f"a comment was given to {strange[0]!r}, which is none of the themes"
    return find_misplaced(model.themes)


def _check_vectors(vectors: NDArray[np.float32], dimension: int) -> None:
    """Check that vectors can be compared."""
    if vectors.ndim != 2 or (len(vectors) and vectors.shape[1] != dimension):
        raise InputError(
            f"vectors of shape {vectors.shape} were given; expected (n, {dimension}). "
            "Embed the comments with the encoder that the themes were fitted with."
        )
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        raise InputError(
            f"{len(bad)} of {len(vectors)} vectors hold NaN or infinity, the first at place {bad[0]}; "
            "expected finite numbers. Embed these comments again or leave them out."
        )
