"""Analyses a batch so that one comment that breaks the analysis costs the others nothing."""

from collections.abc import Sequence

from api.analysis.answering import BatchAnalyzer
from api.logs import log_failure
from voc_nlp.schema import Analysis, Comment, Refusal


def analyze_singly(analyzer: BatchAnalyzer, comments: Sequence[Comment]) -> list[Analysis | Refusal | None]:
    """Analyse a batch; when it breaks, each comment by itself.

    Parameters
    ----------
    analyzer : BatchAnalyzer
        Analyses.
    comments : Sequence[Comment]
        The batch; it may be empty.

    Returns
    -------
    list[Analysis | Refusal | None]
        One answer per comment, in the same order; None for one that breaks the analysis, and
        the log has why.
    """
    if not comments:
        return []
    try:
        return list(analyzer.analyze(comments))
    except Exception as error:
        log_failure("job_batch_failed", error)
    answers: list[Analysis | Refusal | None] = []
    for comment in comments:
        try:
            answers += analyzer.analyze([comment])
        except Exception as error:
            log_failure("job_document_failed", error)
            answers.append(None)
    return answers
