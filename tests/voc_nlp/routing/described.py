"""An encoder of a few words and departments in both languages, for tests of prototypes."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voc_nlp.routing.departments import DepartmentDescription

DIRECTIONS = (
    r"環境|包装|plastic|packaging|green",
    r"採用|面接|応募|job|interview|hiring",
    r"請求|bill",
    r"営業|契約|sales|contract",
)
CENTERS = np.zeros((2, len(DIRECTIONS) + 1), dtype=np.float32)


class DirectionEncoder:
    """Gives each of four things its own direction, in both languages; all else shares a fifth."""

    dimension = len(DIRECTIONS) + 1

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts; a blank one gets the zero vector."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for place, pattern in enumerate(DIRECTIONS):
                vectors[row, place] = len(re.findall(pattern, text.lower()))
            if text.strip() and not vectors[row].any():
                vectors[row, -1] = 1
            vectors[row] /= max(float(np.linalg.norm(vectors[row])), 1e-9)
        return vectors


def department(
    own_id: str, ja: str, en: str, examples: tuple[str, ...] = (), keywords: tuple[str, ...] = ()
) -> DepartmentDescription:
    """Describe a department in a word."""
    return DepartmentDescription(own_id, ja, en, ja, en, examples, keywords)


GREEN = department("green", "環境", "green", keywords=("リサイクル", "脱炭素", "recycling", "net zero"))
HIRING = department("hiring", "採用", "hiring")
BILLING = department("billing", "請求", "bill")
SALES = department("sales", "営業", "sales")
