"""What is compared: our themes, BERTopic on two encoders, k-means and LDA, behind one shape."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from themes_metrics import TOP_WORDS, UNASSIGNED
from themes_ours import fit_ours
from themes_words import content_words, language_of

from voc_nlp.embedding import Embedder
from voc_nlp.text.prepare import PreparedText, prepare

OURS, BERTOPIC, BERTOPIC_MINILM, KMEANS, LDA = "ours", "bertopic", "bertopic-minilm", "kmeans", "lda"
SYSTEMS = {
    OURS: "ours",
    BERTOPIC: "BERTopic, our vectors",
    BERTOPIC_MINILM: "BERTopic, MiniLM",
    KMEANS: "k-means, our vectors",
    LDA: "LDA",
}
"""Systems by name, with their titles."""

Keywords = dict[str, list[list[str]]]
"""Key words by language and theme, best first."""


@dataclass(frozen=True, slots=True)
class Documents:
    """Comments as all systems get them.

    Parameters
    ----------
    texts : tuple[str, ...]
        As they were sent.
    langs : tuple[str, ...]
        ``ja`` or ``en``.
    prepared : tuple[PreparedText, ...]
        Normalised and cut by us.
    vectors : NDArray[np.float32]
        Of the encoder that the system uses, shape (n, dimension); none for LDA.
    """

    texts: tuple[str, ...]
    langs: tuple[str, ...]
    prepared: tuple[PreparedText, ...]
    vectors: NDArray[np.float32]

    def take(self, places: Sequence[int]) -> "Documents":
        """Take some of them, in the order of `places`."""
        return Documents(
            tuple(self.texts[place] for place in places),
            tuple(self.langs[place] for place in places),
            tuple(self.prepared[place] for place in places),
            self.vectors[list(places)],
        )


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a system found.

    Parameters
    ----------
    themes : NDArray[np.int64]
        Theme of each comment of the fit, or `UNASSIGNED`.
    keywords : Keywords
        The system's own key words.
    assign : Callable[[Documents], NDArray[np.int64]]
        Puts other comments into the themes.
    compared : NDArray[np.float32]
        Vectors of the comments as the system compares them.
    plain_keywords : Callable[[], Keywords] | None
        Finds BERTopic's key words anew with its default vectorizer, as when no tokenizer is given.
    """

    themes: NDArray[np.int64]
    keywords: Keywords
    assign: Callable[[Documents], NDArray[np.int64]]
    compared: NDArray[np.float32]
    plain_keywords: Callable[[], Keywords] | None = None


def open_documents(texts: Sequence[str], langs: Sequence[str]) -> Documents:
    """Prepare comments; their vectors are still to come."""
    prepared = tuple(prepare(text, lang) for text, lang in zip(texts, langs, strict=True))
    return Documents(tuple(texts), tuple(langs), prepared, np.zeros((len(texts), 0), dtype=np.float32))


def encode(name: str, documents: Documents, embedder: Embedder, cache: Path) -> tuple[Documents, float]:
    """Give documents the vectors of a system, and the seconds that this took, cached or not."""
    texts = [one.normalized.text for one in documents.prepared]
    start = time.perf_counter()
    if name == LDA:
        return documents, 0.0
    if name == BERTOPIC_MINILM:
        vectors, seconds = _minilm(texts, cache)
    else:
        vectors = embedder.embed(texts)
        seconds = time.perf_counter() - start
    return Documents(documents.texts, documents.langs, documents.prepared, vectors), seconds


def fit(name: str, documents: Documents, embedder: Embedder, *, seed: int, count: int) -> Fitted:
    """Fit one system.

    Parameters
    ----------
    name : str
        A key of `SYSTEMS`.
    documents : Documents
        The comments, with vectors.
    embedder : Embedder
        Our encoder, which our own fit calls.
    seed : int
        Seed; BERTopic's defaults have none, so that two of its runs differ as a user's would.
    count : int
        Number of themes for k-means and LDA.

    Returns
    -------
    Fitted
        Themes, key words and the rule for other comments.
    """
    if name == OURS:
        found = fit_ours(documents.texts, documents.langs, embedder, seed)
        return Fitted(
            found.assign(documents.texts, documents.langs),
            {lang: found.keywords(lang) for lang in ("ja", "en")},
            lambda others: found.assign(others.texts, others.langs),
            found.compared(documents.vectors, documents.langs),
        )
    if name in (BERTOPIC, BERTOPIC_MINILM):
        return _fit_bertopic(documents)
    if name == KMEANS:
        return _fit_kmeans(documents, seed, count)
    return _fit_lda(documents, seed, count)


def warm_up(name: str) -> None:
    """Import what all need, and let UMAP compile itself: a process does both once, so neither is timed."""
    for module in ("bertopic.vectorizers", "sklearn.cluster", "sklearn.decomposition"):
        import_module(module)

    if name in (BERTOPIC, BERTOPIC_MINILM):
        generator = np.random.default_rng(0)
        model = bertopic_by_default()
        vectors = generator.normal(size=(600, 64)) + generator.normal(size=(3, 64)).repeat(200, axis=0) * 4
        model.fit_transform(
            [f"one {place % 3}" for place in range(600)], embeddings=vectors.astype(np.float32)
        )


def bertopic_by_default() -> Any:
    """Make a BERTopic as users do; only the language is set: the default, English, empties Japanese texts.

    The tokenizer for key words is given too, since the default one takes a Japanese sentence for a word; the
    documents are to be joined content words.
    """
    from bertopic import BERTopic
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(tokenizer=str.split, token_pattern=None, lowercase=False)
    return BERTopic(language="multilingual", vectorizer_model=vectorizer)


def cut_documents(prepared: Sequence[PreparedText]) -> list[str]:
    """Join each comment's content words with spaces; never empty."""
    return [" ".join(word.replace(" ", "_") for word in content_words(one)) or "_" for one in prepared]


def _fit_bertopic(documents: Documents) -> Fitted:
    model = bertopic_by_default()
    themes, _ = model.fit_transform(cut_documents(documents.prepared), embeddings=documents.vectors)
    words = _words_of(model)

    def assign(others: Documents) -> NDArray[np.int64]:
        found, _ = model.transform(cut_documents(others.prepared), embeddings=others.vectors)
        return np.asarray(found, dtype=np.int64)

    def plain() -> Keywords:
        from sklearn.feature_extraction.text import CountVectorizer

        model.update_topics(list(documents.texts), topics=list(themes), vectorizer_model=CountVectorizer())
        return _words_of(model)

    return Fitted(np.asarray(themes, dtype=np.int64), words, assign, documents.vectors, plain)


def _words_of(model: Any) -> Keywords:
    """List BERTopic's key words without those of its group of outliers."""
    topics = sorted((topic, words) for topic, words in model.get_topics().items() if topic != UNASSIGNED)
    return _by_language([[word.replace("_", " ") for word, _ in words if word] for _, words in topics])


def _fit_kmeans(documents: Documents, seed: int, count: int) -> Fitted:
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import CountVectorizer

    model = KMeans(n_clusters=count, n_init=10, random_state=seed)
    themes = model.fit_predict(documents.vectors)
    cut = cut_documents(documents.prepared)
    joined = [
        " ".join(one for one, theme in zip(cut, themes, strict=True) if theme == place)
        for place in range(count)
    ]
    counter = CountVectorizer(tokenizer=str.split, token_pattern=None, lowercase=False)
    table = counter.fit_transform(joined)
    weights = ClassTfidfTransformer().fit(table).transform(table)
    return Fitted(
        themes.astype(np.int64),
        _best_words(weights.toarray(), counter.get_feature_names_out()),
        lambda others: model.predict(others.vectors).astype(np.int64),
        documents.vectors,
    )


def _fit_lda(documents: Documents, seed: int, count: int) -> Fitted:
    from sklearn.decomposition import LatentDirichletAllocation
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(tokenizer=str.split, token_pattern=None, lowercase=False, min_df=2)
    table = counter.fit_transform(cut_documents(documents.prepared))
    model = LatentDirichletAllocation(n_components=count, random_state=seed)
    shares = model.fit_transform(table)

    def assign(others: Documents) -> NDArray[np.int64]:
        known = counter.transform(cut_documents(others.prepared))
        return _most_probable(model.transform(known), known)

    return Fitted(
        _most_probable(shares, table),
        _best_words(model.components_, counter.get_feature_names_out()),
        assign,
        shares.astype(np.float32),
    )


def _most_probable(shares: NDArray[np.float64], table: Any) -> NDArray[np.int64]:
    """Take each comment's largest topic; a comment without a known word has none."""
    empty = np.asarray(table.sum(axis=1)).ravel() == 0
    return np.where(empty, UNASSIGNED, shares.argmax(axis=1)).astype(np.int64)


def _best_words(weights: NDArray[np.float64], names: NDArray[np.str_]) -> Keywords:
    best = np.argsort(-weights, axis=1, kind="stable")[:, :TOP_WORDS]
    return _by_language(
        [
            [str(names[column]).replace("_", " ") for column in columns if weights[row, column] > 0]
            for row, columns in enumerate(best)
        ]
    )


def _by_language(words: Sequence[Sequence[str]]) -> Keywords:
    """Part each theme's key words by language."""
    return {
        lang: [[word for word in one if language_of(word) == lang] for one in words] for lang in ("ja", "en")
    }


def _minilm(texts: Sequence[str], cache: Path) -> tuple[NDArray[np.float32], float]:
    """Encode with MiniLM or read what it gave before for the same texts."""
    from training.encoder.teacher import teacher_vectors

    key = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
    vectors, seconds = cache / f"{key}.npy", cache / f"{key}.seconds"
    if not (vectors.is_file() and seconds.is_file()):
        from tempfile import TemporaryDirectory

        cache.mkdir(parents=True, exist_ok=True)
        start = time.perf_counter()
        with TemporaryDirectory() as fresh:
            found = teacher_vectors(texts, Path(fresh))
        seconds.write_text(f"{time.perf_counter() - start:.1f}", encoding="ascii")
        np.save(vectors, found)
    stored: NDArray[np.float32] = np.load(vectors)
    return stored, float(seconds.read_text(encoding="ascii"))
