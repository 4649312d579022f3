"""Write a static encoder in model2vec's format, which sentence-transformers reads as well.

The format has one row a piece, an ordinary `tokenizers` file and the mean of the
rows, scaled to unit length. Rows that several pieces share are written out once
a piece. The unknown piece and the lone word start have the zero row: they count in
the mean and not in its direction. White space that our own code turns into
blanks is turned by the tokenizer's normaliser.
"""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save
from tokenizers import Regex, Tokenizer, normalizers

from voc_nlp.artifacts import open_folder
from voc_nlp.embedding import ENCODER_KIND, StaticEmbedder

_OTHER_SPACES = r"[\t\n\x0B\f\r\u3000]"
_MODULES = (
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"},
    {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
)
_CARD = """\
---
library_name: model2vec
license: cc-by-sa-4.0
language: [ja, en]
tags: [embeddings, static-embeddings, sentence-transformers]
---

# {name} {version}

Static bilingual encoder of voc-nlp: Japanese and English texts to unit vectors of {dimension} numbers.
Written by `python -m training export encoder`; the card of the model folder it was made of names its sources.

```python
from model2vec import StaticModel

StaticModel.from_pretrained("DIR").encode(["配送が遅い", "The delivery is slow"])
```

`sentence_transformers.SentenceTransformer("DIR")` reads it as well. Give it text as
`voc_nlp.text.normalize.normalize(text).text` returns it.
"""


def export_encoder(source: Path, target: Path) -> None:
    """Write the encoder of a model folder in model2vec's format.

    Parameters
    ----------
    source : Path
        Model folder of kind ``static-encoder``.
    target : Path
        Folder to write; new or empty.

    Raises
    ------
    ValueError
        If `target` holds something.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ValueError(f"{target} is not empty; expected a new or empty folder for the encoder")
    model = open_folder(source, ENCODER_KIND)
    embedder = StaticEmbedder.load(source)
    rows = [row for _, row in embedder.piece_rows()]
    target.mkdir(parents=True, exist_ok=True)
    arrays = {"embeddings": np.ascontiguousarray(embedder.table()[rows])}
    (target / "model.safetensors").write_bytes(save(arrays))
    tokenizer = Tokenizer.from_str(model.text("tokenizer.json"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace(Regex(_OTHER_SPACES), " "), tokenizer.normalizer]
    )
    tokenizer.save(str(target / "tokenizer.json"), pretty=False)
    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "hidden_dim": embedder.dimension,
        "normalize": True,
        "embedding_dtype": "float32",
        "max_length": None,
    }
    _write_json(target / "config.json", config)
    _write_json(target / "modules.json", _MODULES)
    card = _CARD.format(
        name=model.config["name"], version=model.config["version"], dimension=embedder.dimension
    )
    (target / "README.md").write_text(card, encoding="utf-8")


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
