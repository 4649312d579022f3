"""Training configurations: the committed ones are read, a wrong one says what is wrong."""

from pathlib import Path

import pytest

from training.config import KINDS, committed_configs, read_config
from training.data.mixture import LICENCES

GOOD = 'kind = "themes"\nname = "mine"\nversion = "2.0.0"\nseed = 7\nmost_themes = 5\n'


def put(folder: Path, text: str) -> str:
    path = folder / "one.toml"
    path.write_text(text, "utf-8")
    return str(path)


@pytest.mark.parametrize("name", committed_configs())
def test_the_committed_ones_are_read(name: str) -> None:
    config = read_config(name)
    assert config.kind in KINDS
    assert config.name
    assert set(config.sources) <= set(LICENCES)
    assert all(0 < weight <= 1 for weight in config.sources.values())
    assert "kind" not in config.settings


def test_every_kind_has_a_committed_one() -> None:
    assert {read_config(name).kind for name in committed_configs()} == set(KINDS)


def test_a_path_is_read(tmp_path: Path) -> None:
    config = read_config(put(tmp_path, GOOD))
    assert (config.kind, config.name, config.version, config.seed) == ("themes", "mine", "2.0.0", 7)
    assert config.settings == {"most_themes": 5}
    assert config.encoder == ""
    assert config.sources == {}
    assert config.sentence_encoder == ""


def test_a_sentence_encoder_may_be_named(tmp_path: Path) -> None:
    config = read_config(put(tmp_path, GOOD + 'sentence_encoder = "some/model"\n'))
    assert config.sentence_encoder == "some/model"
    assert config.settings == {"most_themes": 5}


def test_labelled_files_lie_beside_the_configuration(tmp_path: Path) -> None:
    text = GOOD + '[files]\n"shop.csv" = 0.5\n[labels]\ndepartments = ["a"]\n'
    config = read_config(put(tmp_path, text))
    assert config.files == {str(tmp_path / "shop.csv"): 0.5}
    assert config.labels == {"departments": ["a"]}
    assert config.settings == {"most_themes": 5}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (GOOD.replace('name = "mine"\n', ""), "lacks name"),
        (GOOD.replace("seed = 7\n", ""), "lacks seed"),
        (GOOD.replace('"themes"', '"weather"'), "lacks a known kind"),
        ("", "lacks kind, name, version, seed"),
        ("kind = = 1", "Invalid value"),
        (GOOD + "[labels]\nurgency = []\n", r"\[labels\] names urgency; expected departments or intents"),
    ],
)
def test_a_wrong_one_says_what_is_wrong(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        read_config(put(tmp_path, text))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match="contextual, encoder, ngrams, own_taxonomy, routing, sentiment, themes"
    ):
        read_config("no-such-thing")
