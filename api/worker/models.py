"""The models of one worker: loaded once for all its lanes, and others when the registry names others."""

import time
from collections.abc import Callable, Sequence
from threading import Lock

import structlog

from api.analysis.registry import RegistryWatch, TierModels
from api.deps import Analyzer
from api.themes.shelf import ThemeShelf
from voc_nlp.routing.departments import DepartmentDescription

_log = structlog.get_logger(__name__)


class WorkerModels:
    """Hands models out to lanes, each of which does one piece of its work with what it was given.

    Nothing is loaded before it is needed: themes need the encoder alone, and take that of the
    analyzer once there is one.

    Parameters
    ----------
    watch : RegistryWatch
        Tells what is to be loaded.
    departments : Sequence[DepartmentDescription]
        All departments that there are.
    check_s : float
        Least seconds between two looks at the registry; 0 for only when `ask` was called.
    clock : Callable[[], float]
        Seconds that only grow.
    """

    def __init__(
        self,
        watch: RegistryWatch,
        departments: Sequence[DepartmentDescription],
        check_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._watch = watch
        self._departments = departments
        self._check_s = check_s
        self._clock = clock
        self._lock = Lock()
        self._looked_at = 0.0
        self._is_asked = False
        self._models: TierModels | None = None
        self._analyzer: Analyzer | None = None
        self._shelf: ThemeShelf | None = None

    def ask(self) -> None:
        """Have the registry looked at with the next piece of work, and refused models tried again."""
        self._is_asked = True

    def analyzer(self) -> Analyzer:
        """Hand out the analyzer for one piece of work; what loading raises goes through at the first time.

        Returns
        -------
        Analyzer
            The newest that could be loaded.
        """
        with self._lock:
            models = self._look()
            if self._analyzer is None:
                self._analyzer = self._load_analyzer(models)
                self._shelf = ThemeShelf(self._analyzer.embedder, self._analyzer.themes)
            return self._analyzer

    def shelf(self) -> ThemeShelf:
        """Hand out what themes need for one piece of work.

        Returns
        -------
        ThemeShelf
            Of the same models as the analyzer.
        """
        with self._lock:
            models = self._look()
            if self._shelf is None:
                self._shelf = ThemeShelf.load(models)
            return self._shelf

    def _look(self) -> TierModels:
        """Change to other models if the registry names others that can be loaded."""
        if self._models is None or self._shelf is None:
            self._models, self._looked_at = self._watch.first(), self._clock()
            return self._models
        again, now = self._is_asked, self._clock()
        if not again and (not self._check_s or now - self._looked_at < self._check_s):
            return self._models
        self._is_asked, self._looked_at = False, now
        models = self._watch.next(again=again)
        if models is not None:
            self._change(models)
        return self._models

    def _change(self, models: TierModels) -> None:
        """Load what was loaded before."""
        try:
            if self._analyzer is not None:
                analyzer = self._load_analyzer(models)
                self._analyzer, self._shelf = analyzer, ThemeShelf(analyzer.embedder, analyzer.themes)
            else:
                self._shelf = ThemeShelf.load(models)
        except Exception as error:
            self._watch.refuse(models.version, error)
            return
        self._watch.accept(models)
        self._models = models
        _log.info("models_changed", version=models.version)

    def _load_analyzer(self, models: TierModels) -> Analyzer:
        """Load an analyzer; the heavy libraries are imported here and not before."""
        from voc_nlp.loading import load_parts

        analyzer: Analyzer = load_parts(models.folder, models.parts, self._departments)
        analyzer.analyze(["温まるまで少し遅い。", "The first answer is slow."])
        return analyzer
