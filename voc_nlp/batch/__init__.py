"""Score whole files of comments: in this process, over worker processes, or with Ray Data.

`voc_nlp.batch.local` and `voc_nlp.batch.ray` offer the same `score_records`;
`voc_nlp.batch.themes` fits themes to files, assigns them and counts over them.
"""
