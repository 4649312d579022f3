"""The second opinion: of the models that the registry names with those in service, without old answers."""

import threading
from pathlib import Path

from api.analysis.registry import RegistryWatch, TierModels
from api.corrections.second_opinion import SecondOpinion
from api.corrections.second_tier import SecondTier, names
from tests.api.analysis.doubles import write_registry
from tests.api.doubles import WordAnalyzer
from voc_nlp.schema import Comment

COMMENTS = [Comment("ja", "店員が最高"), Comment("en", "The staff was great")]


class Versioned(WordAnalyzer):
    """Answers by the words, in the name of the models that the registry named."""

    def __init__(self, models: TierModels) -> None:
        super().__init__()
        self.model_version = models.version


def tier_of(folder: Path, in_service: list[str]) -> SecondTier:
    """Follow the registry of a folder; the last version in the list is in service."""

    def load(models: TierModels) -> Versioned:
        if models.version == "broken":
            raise OSError("no such part")
        return Versioned(models)

    return SecondTier(RegistryWatch(folder, "fast"), lambda: names(folder, "fast", in_service[-1]), load)


def test_it_follows_what_is_in_service_and_forgets_old_answers(tmp_path: Path) -> None:
    write_registry(tmp_path, "1")
    in_service = ["1"]
    second = SecondOpinion(tier_of(tmp_path, in_service).giver)
    version, answers = second.of(COMMENTS)
    assert (version, set(answers)) == ("1", {"ja", "en"})
    assert answers["ja"]["sentiment"]["label"] == "positive"
    write_registry(tmp_path, "2")
    assert second.of(COMMENTS)[0] == "1"  # the service is still loading
    assert second._giver is not None
    before = second._giver
    in_service.append("2")
    assert second.of(COMMENTS)[0] == "2"
    assert second._giver is not before
    assert isinstance(second._giver, Versioned)
    assert second._giver.batches == [2]  # asked anew, and kept from then on
    assert second.of(COMMENTS)[0] == "2"
    assert second._giver.batches == [2]


def test_what_is_kept_holds_nobodys_words() -> None:
    _, answers = SecondOpinion(WordAnalyzer).of([Comment("c", "配送が遅い。The delivery is late")])
    assert {"sentiment", "departments"} <= set(answers["c"])
    assert not {"aspects", "sentences", "text", "id"} & set(answers["c"])


def test_models_that_cannot_be_loaded_are_tried_once(tmp_path: Path) -> None:
    write_registry(tmp_path, "broken")
    in_service = ["broken"]
    tier = tier_of(tmp_path, in_service)
    assert SecondOpinion(tier.giver).of(COMMENTS) == (None, {})
    assert tier._watch.refused == "broken"
    write_registry(tmp_path, "1")
    in_service.append("1")
    assert SecondOpinion(tier.giver).of(COMMENTS)[0] == "1"
    write_registry(tmp_path, "broken")
    in_service.append("broken")
    assert SecondOpinion(tier.giver).of(COMMENTS)[0] == "1"


def test_a_registry_without_the_tier_or_none_at_all_is_done_without(tmp_path: Path) -> None:
    write_registry(tmp_path, "1", tier="default")
    tier = SecondTier(RegistryWatch(tmp_path, "fast"), lambda: names(tmp_path, "default", "1"), Versioned)
    assert tier.giver() is None
    assert not names(tmp_path, "fast", "1")
    (tmp_path / "registry.toml").write_text("not [toml", encoding="utf-8")
    assert not names(tmp_path, "default", "1")
    assert tier.giver() is None


def test_several_threads_load_once_and_nobody_waits_for_ever() -> None:
    busy, free, asked = threading.Event(), threading.Event(), []

    def giver() -> WordAnalyzer:
        asked.append(1)
        busy.set()
        assert free.wait(30)
        return WordAnalyzer()

    second = SecondOpinion(giver, patience_s=0)
    first = threading.Thread(target=second.of, args=(COMMENTS,))
    first.start()
    assert busy.wait(30)
    assert second.of(COMMENTS) == (None, {})
    assert asked == [1]
    free.set()
    first.join()
    assert second.of(COMMENTS)[0] == WordAnalyzer.model_version
