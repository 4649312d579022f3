"""Prometheus figures of the analysis line."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class AnalysisFigures:
    """What is measured of the line and its workers, in this process.

    Parameters
    ----------
    registry : CollectorRegistry
        Where the figures are registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.queue = Gauge(
            "voc_analysis_queue_comments",
            "Comments of this process that wait for analysis.",
            registry=registry,
        )
        self.batches = Histogram(
            "voc_analysis_batch_comments",
            "Comments that were analysed together.",
            registry=registry,
            buckets=(1, 2, 4, 8, 16, 32, 64, 128),
        )
        self.waited = Histogram(
            "voc_analysis_wait_seconds",
            "Time from a request's entry into the line until its first comment was taken.",
            registry=registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
        )
        self.refused = Counter(
            "voc_analysis_refused_requests", "Requests refused because the line was full.", registry=registry
        )
        self.lost = Counter(
            "voc_analysis_workers_lost",
            "Worker processes that ended in the middle of a batch.",
            registry=registry,
        )
