"""What a fit reads of comments."""

import numpy as np
import pytest

from tests.voc_nlp.topics.made import embedder, made_comments
from tests.voc_nlp.toys import ToyEncoder
from voc_nlp.comparing import take_off
from voc_nlp.errors import InputError
from voc_nlp.schema import Comment, Language
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.topics.material import find_centers, gather

NOISE = [Comment("n1", ""), Comment("n2", "特になし"), Comment("n3", "a\0"), Comment("n4", "x", "fr")]


def test_what_says_nothing_is_left_out_in_order() -> None:
    made = made_comments(20)
    mixed = [*NOISE[:2], *made[:10], *NOISE[2:], *made[10:]]
    material = gather(mixed, ToyEncoder(), Dictionary.empty(), seed=0, sample_size=100)
    assert list(material.comments) == made
    assert material.usable == len(material.texts) == len(material.terms) == len(material.vectors) == 20
    picked = material.pick([3, 1])
    assert picked.comments == (made[3], made[1])
    assert np.array_equal(picked.vectors, material.vectors[[3, 1]])
    assert picked.terms == (material.terms[3], material.terms[1])


def test_a_sample_follows_the_seed() -> None:
    def sample(seed: int) -> list[str]:
        found = gather(made_comments(60), ToyEncoder(), Dictionary.empty(), seed=seed, sample_size=20)
        assert found.usable == 60
        return [comment.id for comment in found.comments]

    assert sample(1) == sample(1) != sample(2)
    order = {comment.id: place for place, comment in enumerate(made_comments(60))}
    assert len(sample(1)) == 20
    assert sample(1) == sorted(sample(1), key=order.__getitem__)


def test_too_few() -> None:
    with pytest.raises(InputError, match=r"5 of 9 comments are usable; expected at least 10. Add comments"):
        gather([*made_comments(5), *NOISE], ToyEncoder(), Dictionary.empty(), seed=0, sample_size=100)


def test_the_dictionary_is_read() -> None:
    comments = [Comment(str(number), "宅配の荷物が遅い parcel", "ja") for number in range(10)]
    words = Dictionary(stop_words=frozenset({"荷物"}), synonyms={"宅配": "配送"})
    encoder = ToyEncoder()
    material = gather(comments, encoder, words, seed=0, sample_size=100)
    assert all("配送" in text and "宅配" not in text for text in encoder.asked)
    keys = {term.key for terms in material.terms for term in terms}
    assert any("配送" in key for key in keys)
    assert not any("荷物" in key for key in keys)


def test_what_a_language_shares_is_its_mean() -> None:
    material = gather(made_comments(200), embedder(), Dictionary.empty(), seed=0, sample_size=200)
    centers = find_centers(material)
    own = take_off(material.vectors, material.languages, centers)
    for language, center in zip((Language.JA, Language.EN), centers, strict=True):
        mine = [one is language for one in material.languages]
        assert 0.1 < np.linalg.norm(center) < 1
        before = np.linalg.norm(material.vectors[mine].mean(axis=0))
        assert np.linalg.norm(own[mine].mean(axis=0)) < 0.6 * before


@pytest.mark.parametrize("text", ["配送が遅い", "The delivery was late"])
def test_comments_all_alike_keep_what_they_share(text: str) -> None:
    alike = [Comment(str(number), text) for number in range(40)]
    material = gather(alike, embedder(), Dictionary.empty(), seed=0, sample_size=100)
    centers = find_centers(material)
    assert np.abs(centers).max() < 1e-3
    assert take_off(material.vectors, material.languages, centers).any(axis=1).all()
