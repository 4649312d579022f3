"""Which comments are most worth a person's label.

`doubt` tells from published answers how unsure they are and how far two lie apart; `choosing` picks.
"""

from voc_nlp.labelling.choosing import Candidate, Chosen, Reason, choose
from voc_nlp.labelling.doubt import TASKS, disagreement, overall, uncertainty

__all__ = [
    "TASKS",
    "Candidate",
    "Chosen",
    "Reason",
    "choose",
    "disagreement",
    "overall",
    "uncertainty",
]
