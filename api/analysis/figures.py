"""Prometheus figures of the analysis line."""

from collections.abc import Sized

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class AnalysisFigures:
    """What is measured of the line and its workers, in this process.

    Parameters
    ----------
    registry : CollectorRegistry
        Where the figures are registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lines: tuple[Sized, ...] = ()
        self.models = Gauge(
            "voc_models_info",
            "Version of the models that answer in this process.",
            ("version",),
            registry=registry,
        )
        self.reloads = Counter(
            "voc_models_reloads", "Changes to other models while this process ran.", registry=registry
        )
        self.reload_failures = Counter(
            "voc_models_reload_failures",
            "Times that this process refused the models that the registry names, and kept those it had.",
            registry=registry,
        )
        self.queue = Gauge(
            "voc_analysis_queue_comments",
            "Comments of this process that wait for analysis.",
            registry=registry,
        )
        self.queue.set_function(lambda: sum(len(line) for line in self._lines))
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

    def count(self, line: Sized) -> None:
        """Count those who wait in a line.

        Parameters
        ----------
        line : Sized
            A line that is opened.
        """
        self._lines = (*self._lines, line)

    def forget(self, line: Sized) -> None:
        """Count a line no longer.

        Parameters
        ----------
        line : Sized
            A line that is closed; it may be forgotten already.
        """
        self._lines = tuple(one for one in self._lines if one is not line)

    def name_models(self, version: str) -> None:
        """Tell which models answer now.

        Parameters
        ----------
        version : str
            Their version.
        """
        self.models.clear()
        self.models.labels(version=version).set(1)
