"""Score a stream of records with Ray Data, over the cores of one machine or over a cluster.

`scoring` reads, hands out and puts in order; `feed` is where Ray Data reads from;
`worker` analyses; `cluster` starts a Ray or joins one.
"""

from voc_nlp.batch.ray.scoring import score_records, scorer_on

__all__ = ["score_records", "scorer_on"]
