"""The network: narrow piece rows, a widening projection, transformer layers started from the teacher's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import BertConfig, BertModel

CLS, SEP = 1, 2
"""Places of the two marks in the input table; row 0 is padding, pieces follow from 3."""

FIRST_PIECE_ROW = 3


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Shape of the network; width and heads are the teacher's.

    Parameters
    ----------
    layers : tuple of int
        Which of the teacher's layers to keep.
    narrow : int
        Width of a piece row before the projection.
    """

    layers: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    narrow: int = 256


class ContextualNetwork(nn.Module):
    """Piece rows in, contextual vectors out.

    Parameters
    ----------
    table : NDArray[np.float32]
        First values of the piece rows, padding and marks before them.
    widen : NDArray[np.float32]
        First values of the projection.
    bert : BertModel
        The kept layers with their position embeddings.
    """

    def __init__(self, table: NDArray[np.float32], widen: NDArray[np.float32], bert: BertModel) -> None:
        super().__init__()
        self.rows = nn.Embedding.from_pretrained(
            torch.from_numpy(table), freeze=False, padding_idx=0, sparse=True
        )
        self.widen = nn.Linear(widen.shape[0], widen.shape[1], bias=False)
        self.widen.weight.data = torch.from_numpy(np.ascontiguousarray(widen.T))
        self.bert = bert

    def forward(self, rows: Tensor) -> Tensor:
        """Run the layers.

        Parameters
        ----------
        rows : Tensor
            Rows of each text, padded with 0.

        Returns
        -------
        Tensor
            Contextual vectors; shape (texts, length, width).
        """
        mask = (rows > 0).long()
        output: Tensor = self.bert(
            inputs_embeds=self.widen(self.rows(rows)), attention_mask=mask
        ).last_hidden_state
        return output

    def embed(self, rows: Tensor) -> Tensor:
        """Pool a text's vectors by their mean, as the teacher does.

        Parameters
        ----------
        rows : Tensor
            Rows of each text, padded with 0.

        Returns
        -------
        Tensor
            Unit vectors; shape (texts, width).
        """
        hidden = self(rows)
        mask = (rows > 0).float().unsqueeze(-1)
        return nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)


def start_network(
    teacher: BertModel,
    wordpieces: Sequence[str],
    rows: Sequence[str],
    static: NDArray[np.float32],
    config: NetworkConfig,
) -> ContextualNetwork:
    """Start the network from the teacher: English rows are its own, Japanese rows are mapped to them.

    Parameters
    ----------
    teacher : BertModel
        The teacher's transformer.
    wordpieces : Sequence[str]
        The teacher's vocabulary.
    rows : Sequence[str]
        Names of the rows of the static bilingual table; Japanese ones begin with ``ja:``.
    static : NDArray[np.float32]
        The static table, in which both languages share one space.
    config : NetworkConfig
        Which layers to keep, how narrow the rows are.

    Returns
    -------
    ContextualNetwork
        Ready to be distilled.

    References
    ----------
    Minixhofer, Paischer, Rekabsaz (2022), WECHSEL: effective initialization of subword embeddings for
    cross-lingual transfer of monolingual language models.
    """
    place = {piece: index for index, piece in enumerate(wordpieces)}
    inputs = teacher.embeddings.word_embeddings.weight.detach().numpy()
    english = [(index, place[name]) for index, name in enumerate(rows) if name in place and index > 0]
    japanese = [index for index, name in enumerate(rows) if name.startswith("ja:")]
    wide = np.zeros((len(rows), inputs.shape[1]), dtype=np.float32)
    mean = inputs.mean(axis=0)
    own, theirs = (np.asarray(side) for side in zip(*english, strict=True))
    wide[own] = inputs[theirs]
    unit = static / np.maximum(np.linalg.norm(static, axis=1, keepdims=True), 1e-9)
    wide[japanese] = mean + _weighted_neighbours(unit[japanese], unit[own], inputs[theirs] - mean)
    marks = inputs[[place["[PAD]"], place["[CLS]"], place["[SEP]"]]]
    table = np.concatenate([marks, wide])
    table[0] = 0.0
    _, basis = np.linalg.eigh(table.T.astype(np.float64) @ table)
    kept = np.ascontiguousarray(basis[:, ::-1][:, : config.narrow]).astype(np.float32)
    shape = {
        "num_hidden_layers": len(config.layers),
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }
    bert_config = BertConfig.from_dict({**teacher.config.to_dict(), **shape})
    bert_config._attn_implementation = "eager"  # the fused one goes backward three times slower in bfloat16
    bert = BertModel(bert_config, add_pooling_layer=False)
    bert.embeddings.load_state_dict(teacher.embeddings.state_dict())
    bert.embeddings.word_embeddings = nn.Embedding(1, inputs.shape[1])
    for own_layer, number in zip(bert.encoder.layer, config.layers, strict=True):
        own_layer.load_state_dict(teacher.encoder.layer[number].state_dict())
    return ContextualNetwork(table @ kept, kept.T.copy(), bert)


def _weighted_neighbours(
    queries: NDArray[np.float32], keys: NDArray[np.float32], values: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Mix the values of each query's ten nearest keys by their similarity."""
    found = np.zeros((len(queries), values.shape[1]), dtype=np.float32)
    for start in range(0, len(queries), 1024):
        cosine = queries[start : start + 1024] @ keys.T
        nearest = np.argpartition(-cosine, 10, axis=1)[:, :10]
        weights = np.exp(np.take_along_axis(cosine, nearest, axis=1) / 0.1)
        weights /= weights.sum(axis=1, keepdims=True)
        found[start : start + 1024] = np.einsum("qk,qkd->qd", weights, values[nearest])
    return found
