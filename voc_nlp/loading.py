"""The composition root: a folder of models becomes an Analyzer."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from voc_nlp.analysis import Analyzer
from voc_nlp.artifacts import MANIFEST, check_keys, open_folder, read_manifest
from voc_nlp.contextual import ContextualEncoder
from voc_nlp.embedding import Embedder, StaticEmbedder
from voc_nlp.errors import InputError, MissingArtifactError, UnknownFormatError
from voc_nlp.features import NgramVocabulary
from voc_nlp.routing.departments import DepartmentDescription
from voc_nlp.routing.model import ROUTING_KIND, RoutingModel
from voc_nlp.routing.model import trained_departments as departments_among
from voc_nlp.sentence_encoder import SENTENCE_ENCODER, check_encoder, name_encoder, open_sentence_encoder
from voc_nlp.sentiment.aspects import AspectTagger
from voc_nlp.sentiment.model import SENTIMENT_KIND, SentimentModel
from voc_nlp.topics.model import ThemeModel

REGISTRY = "registry.toml"
_PACKAGE = Path(__file__).resolve().parent
_PARTS = ("version", "encoder", "ngrams", "sentiment", "routing", "themes")
_OPTIONAL_PARTS = ("contextual", SENTENCE_ENCODER)


def load_analyzer(
    models_dir: Path | None = None,
    tier: str = "default",
    departments: Sequence[DepartmentDescription] | None = None,
) -> Analyzer:
    """Load the models of one tier.

    Parameters
    ----------
    models_dir : Path | None
        Folder with ``registry.toml``; the shipped models when None.
    tier : str
        Name of a tier in the registry.
    departments : Sequence[DepartmentDescription] | None
        All departments that there are, as `Analyzer.with_departments` takes them; those of the models when
        None.

    Returns
    -------
    Analyzer
        Ready to analyse; parts that do not fit each other raise `UnknownFormatError`.
    """
    folder = models_dir or shipped_models()
    return load_parts(folder, read_tier(folder, tier), departments)


def load_parts(
    folder: Path, parts: Mapping[str, str], departments: Sequence[DepartmentDescription] | None = None
) -> Analyzer:
    """Load models that were chosen before, whatever the registry says by now.

    Parameters
    ----------
    folder : Path
        Folder of the models.
    parts : Mapping[str, str]
        What `read_tier` gave.
    departments : Sequence[DepartmentDescription] | None
        As for `load_analyzer`.

    Returns
    -------
    Analyzer
        Ready to analyse.
    """
    embedder = StaticEmbedder.load(folder / parts["encoder"])
    sentence_encoder = None
    if parts[SENTENCE_ENCODER]:
        sentence_encoder = open_sentence_encoder(parts[SENTENCE_ENCODER], folder)
    contextual = None
    if parts["contextual"]:
        contextual = ContextualEncoder.load(folder / parts["contextual"], embedder)
    context = contextual.parts if contextual else {}
    thresholds = contextual.thresholds if contextual else {}
    sentiment, routing = folder / parts["sentiment"], folder / parts["routing"]
    tagger = open_folder(sentiment, SENTIMENT_KIND)
    for heads, config in ((sentiment, tagger.config), (routing, read_manifest(routing, ROUTING_KIND))):
        check_encoder(heads, config, parts[SENTENCE_ENCODER], sentence_encoder)
    check_keys(sentiment, tagger.config, ("thresholds",))
    least = {**tagger.config["thresholds"], **thresholds}
    check_keys(sentiment, least, ("aspect",), within="thresholds")
    analyzer = Analyzer(
        embedder=embedder,
        ngrams=NgramVocabulary.load(folder / parts["ngrams"]),
        sentiment=SentimentModel.load(sentiment, context),
        aspects=AspectTagger(embedder, tagger.tensors("aspects"), context, least_probability=least["aspect"]),
        routing=RoutingModel.load(routing, context, thresholds, contextual.phrases if contextual else None),
        themes=ThemeModel.load(folder / parts["themes"], sentence_encoder or embedder),
        model_version=parts["version"],
        contextual=contextual,
        sentence_encoder=sentence_encoder,
    )
    return analyzer if departments is None else analyzer.with_departments(departments)


def trained_departments(models_dir: Path | None = None, tier: str = "default") -> tuple[str, ...]:
    """Name the departments that the models of a tier were trained on, without loading them.

    Parameters
    ----------
    models_dir : Path | None
        Folder with ``registry.toml``; the shipped models when None.
    tier : str
        Name of a tier in the registry.

    Returns
    -------
    tuple[str, ...]
        Their ids.
    """
    folder = models_dir or shipped_models()
    manifest = read_manifest(folder / read_tier(folder, tier)["routing"], ROUTING_KIND)
    return departments_among(manifest["heads"]["owner"]["labels"])


def model_digests(models_dir: Path | None = None, tier: str = "default") -> dict[str, str]:
    """Tell by what the models of a tier are known again, without loading them.

    Parameters
    ----------
    models_dir : Path | None
        Folder with ``registry.toml``; the shipped models when None.
    tier : str
        Name of a tier in the registry.

    Returns
    -------
    dict[str, str]
        The tier's version, and for each part the sha256 of its manifest, which states that of every file;
        of an encoder that is no folder here, its name.
    """
    folder = models_dir or shipped_models()
    digests = {}
    for part, value in read_tier(folder, tier).items():
        manifest = folder / value / MANIFEST
        known = part == "version" or not value or not manifest.is_file()
        digests[part] = value if known else hashlib.sha256(manifest.read_bytes()).hexdigest()
    return digests


def load_embedder(models_dir: Path | None = None, tier: str = "default") -> Embedder:
    """Load the encoder of a tier alone: its sentence encoder where it names one.

    Parameters
    ----------
    models_dir : Path | None
        Folder with ``registry.toml``; the shipped models when None.
    tier : str
        Name of a tier in the registry.

    Returns
    -------
    Embedder
        Ready to embed.
    """
    folder = models_dir or shipped_models()
    return load_encoder(folder, read_tier(folder, tier))


def load_encoder(folder: Path, parts: Mapping[str, str]) -> Embedder:
    """Load the encoder of models that were chosen before.

    Parameters
    ----------
    folder : Path
        Folder of the models.
    parts : Mapping[str, str]
        What `read_tier` gave.

    Returns
    -------
    Embedder
        Ready to embed.
    """
    if parts[SENTENCE_ENCODER]:
        return open_sentence_encoder(parts[SENTENCE_ENCODER], folder)
    return StaticEmbedder.load(folder / parts["encoder"])


def encoder_name(models_dir: Path | None = None) -> str:
    """Name the encoder that `load_embedder` loads.

    Parameters
    ----------
    models_dir : Path | None
        Folder with ``registry.toml``; the shipped models when None.

    Returns
    -------
    str
        Its folder within the models folder, a hub's name, or the last part of another path.
    """
    folder = models_dir or shipped_models()
    parts = read_tier(folder, "default")
    if parts[SENTENCE_ENCODER]:
        return name_encoder(parts[SENTENCE_ENCODER], folder)
    return parts["encoder"]


def shipped_models() -> Path:
    """Find the models that came with the library: inside a wheel, or beside the package in a checkout.

    Returns
    -------
    Path
        The folder with ``registry.toml``.

    Raises
    ------
    MissingArtifactError
        If neither place has it.
    """
    for folder in (_PACKAGE / "shipped_models", _PACKAGE.parent / "models"):
        if (folder / REGISTRY).is_file():
            return folder
    raise MissingArtifactError(
        f"no shipped models beside {_PACKAGE}; expected models/{REGISTRY}. "
        "Install the wheel again or give the folder of your models."
    )


def read_tier(folder: Path, tier: str) -> dict[str, str]:
    """Read one tier of the registry.

    Parameters
    ----------
    folder : Path
        Folder with ``registry.toml``.
    tier : str
        Name of a tier.

    Returns
    -------
    dict[str, str]
        What stands for each part; empty for an optional one that the tier lacks.

    Raises
    ------
    InputError
        If there is no such tier.
    MissingArtifactError
        If there is no registry.
    UnknownFormatError
        If it is no registry, or the tier lacks a part or names two that exclude each other.
    """
    path = folder / REGISTRY
    if not path.is_file():
        raise MissingArtifactError(f"{path} is not there; expected a models folder with {REGISTRY}")
    try:
        tiers = tomllib.loads(path.read_text(encoding="utf-8"))["tiers"]
        known = {name: dict(parts) for name, parts in tiers.items()}
    except (
        tomllib.TOMLDecodeError,
        UnicodeDecodeError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:
        raise UnknownFormatError(f"{path} is no registry ({error}); expected [tiers.NAME] tables") from error
    if tier not in known:
        raise InputError(f"{path} has no tier {tier!r}; choose one of {', '.join(sorted(known))}")
    missing = [part for part in _PARTS if part not in known[tier]]
    if missing:
        raise UnknownFormatError(
            f"tier {tier!r} of {path} lacks {', '.join(missing)}; expected {', '.join(_PARTS)}"
        )
    if all(known[tier].get(part) for part in _OPTIONAL_PARTS):
        raise UnknownFormatError(
            f"tier {tier!r} of {path} names {' and '.join(_OPTIONAL_PARTS)}; the contextual encoder was "
            "joined with heads over the static encoder's vectors: name one of the two"
        )
    return {part: str(known[tier].get(part, "")) for part in (*_PARTS, *_OPTIONAL_PARTS)}
