"""Name the learnt themes anew, for instance by another dictionary; nothing moves."""

from collections.abc import Iterable
from dataclasses import replace

from voc_nlp.embedding import Embedder
from voc_nlp.schema import Comment
from voc_nlp.topics.learnt import Learnt, describe
from voc_nlp.topics.material import SAMPLE_SIZE, gather
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.refit import learnt_places, nearest_theme


def describe_again(model: ThemeModel, comments: Iterable[Comment], embedder: Embedder) -> ThemeModel:
    """Name the learnt themes anew, where no person did, and choose their key words; nothing moves.

    Parameters
    ----------
    model : ThemeModel
        The themes, for instance with another dictionary.
    comments : Iterable[Comment]
        Comments to take the words from.
    embedder : Embedder
        The encoder that the themes were fitted with.

    Returns
    -------
    ThemeModel
        With other names and key words; a theme near which there are no comments keeps its own.
    """
    model.check_encoder(embedder)
    material = gather(comments, embedder, model.dictionary, seed=model.seed, sample_size=SAMPLE_SIZE)
    places = learnt_places(model)
    everything = Learnt(model.prototypes, model.owners)
    labels = nearest_theme(model, material, places)
    vectors = model.bare(material.vectors, material.languages)
    described = describe(material, vectors, labels, everything.pick(places), embedder)
    themes = list(model.themes)
    for number, (place, text) in enumerate(zip(places, described, strict=True)):
        theme = themes[place]
        if (labels == number).any():
            themes[place] = replace(
                theme, keywords=text.keywords, label=theme.label if theme.renamed else text.label
            )
    return replace(model, themes=themes, revision=model.revision + 1)
