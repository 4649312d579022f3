"""Known themes that are written about more than before: an exact test on their share of comments."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from voc_nlp.errors import InputError
from voc_nlp.topics.statistics.intervals import Estimate, adjust_holm, estimate_ratio
from voc_nlp.topics.statistics.observation import Observation

WINDOW_DAYS = 30
BEFORE_DAYS = 365
"""A year of past evens out the seasons and forgets what the level was long ago."""

LEAST_COUNT = 5
LEAST_RATIO = 1.5
MOST_P = 0.05


@dataclass(frozen=True, slots=True)
class Burst:
    """A theme whose share of the comments has risen.

    Parameters
    ----------
    theme : str | None
        Id of the theme; None for the comments without a theme, whose rise says that a theme is missing.
    emerging : bool
        Whether the theme had no comment before the window.
    first_seen : date
        Day of the theme's first comment of all.
    start, end : date
        First and last day of the window.
    n : int
        Comments with this theme in the window.
    n_before : int
        Comments with this theme in the days before that it is compared with.
    expected : float
        Comments that its share before leads to expect in the window.
    ratio : Estimate
        Its share in the window over its share before; infinite when it is emerging.
    p_adjusted : float
        Chance of such a rise of any theme when nothing has changed, adjusted over all tested themes.
    """

    theme: str | None
    emerging: bool
    first_seen: date
    start: date
    end: date
    n: int
    n_before: int
    expected: float
    ratio: Estimate
    p_adjusted: float


@dataclass(frozen=True, slots=True)
class BurstReport:
    """What `find_bursts` found, and what it looked at.

    Parameters
    ----------
    bursts : tuple[Burst, ...]
        The surest first.
    start, end : date | None
        First and last day of the window; None when no comment has a day.
    total : int
        Comments in the window.
    total_before : int
        Comments in the days before.
    tested : int
        Themes that were tested.
    undated : int
        Comments without a day, which were not looked at.
    """

    bursts: tuple[Burst, ...]
    start: date | None
    end: date | None
    total: int
    total_before: int
    tested: int
    undated: int


def find_bursts(
    observations: Iterable[Observation],
    *,
    window_days: int = WINDOW_DAYS,
    at: date | None = None,
    before_days: int | None = BEFORE_DAYS,
    least_count: int = LEAST_COUNT,
    least_ratio: float = LEAST_RATIO,
    most_p: float = MOST_P,
) -> BurstReport:
    """Find themes that are written about more in the last days than the days before lead to expect.

    Given how often a theme occurs in the window and before together, and were
    its share the same, its count in the window is at most as spread as a
    binomial one with the window's share of all comments. So a rise of the total
    volume is no burst. A comment with two themes counts in both.

    Parameters
    ----------
    observations : Iterable[Observation]
        The comments.
    window_days : int
        Length of the window, at least 1.
    at : date | None
        Last day of the window; the last day with a comment when None. Later comments are not looked at.
    before_days : int | None
        How many days before the window it is compared with; all when None.
    least_count : int
        Fewer comments in the window are no burst; themes with fewer comments in window and past together
        are not tested.
    least_ratio : float
        A smaller rise of the share is no burst.
    most_p : float
        Most adjusted p-value of a burst, in (0, 1).

    Returns
    -------
    BurstReport
        Without bursts when window or past hold no comment.

    Raises
    ------
    InputError
        If a parameter is out of its range.

    References
    ----------
    Przyborowski, Wilenski (1940), Homogeneity of results in testing samples from Poisson series.
    Biometrika 31.
    Holm (1979), A simple sequentially rejective multiple test procedure. Scand. J. Statist. 6.
    """
    check_window(window_days, before_days)
    if least_count < 1 or least_ratio < 0 or not 0 < most_p < 1:
        raise InputError(
            f"least_count {least_count}, least_ratio {least_ratio} and most_p {most_p} were given; expected "
            "at least 1, at least 0, and a number between 0 and 1. Correct them."
        )
    every = list(observations)
    dated = [(one.at, one) for one in every if one.at is not None]
    undated = len(every) - len(dated)
    end = at or max((day for day, _ in dated), default=None)
    if end is None:
        return BurstReport((), None, None, 0, 0, 0, undated)
    start = days_before(end, window_days - 1)
    since = date.min if before_days is None else days_before(start, before_days)
    now: Counter[str | None] = Counter()
    past: Counter[str | None] = Counter()
    first_seen: dict[str | None, date] = {}
    total = total_before = 0
    for day, one in dated:
        if day > end:
            continue
        themes = one.themes or (None,)
        for theme in themes:
            first_seen[theme] = min(day, first_seen.get(theme, day))
        if day >= start:
            total += 1
            now.update(themes)
        elif day >= since:
            total_before += 1
            past.update(themes)
    found: list[Burst] = []
    tested: list[str | None] = []
    if total and total_before:
        tested = [theme for theme in first_seen if now[theme] + past[theme] >= least_count]
        chances = [_chance(now[theme], past[theme], total, total_before) for theme in tested]
        for theme, chance in zip(tested, adjust_holm(chances), strict=True):
            ratio = estimate_ratio(now[theme], total, past[theme], total_before)
            if now[theme] >= least_count and ratio.value >= least_ratio and chance <= most_p:
                found.append(
                    Burst(
                        theme=theme,
                        emerging=first_seen[theme] >= start,
                        first_seen=first_seen[theme],
                        start=start,
                        end=end,
                        n=now[theme],
                        n_before=past[theme],
                        expected=past[theme] / total_before * total,
                        ratio=ratio,
                        p_adjusted=chance,
                    )
                )
    found.sort(key=lambda burst: (burst.p_adjusted, -burst.ratio.value, burst.theme or ""))
    return BurstReport(tuple(found), start, end, total, total_before, len(tested), undated)


def check_window(window_days: int, before_days: int | None) -> None:
    """Check the length of a window and of its past.

    Parameters
    ----------
    window_days : int
        Length of the window.
    before_days : int | None
        Length of the past.

    Raises
    ------
    InputError
        If one of them is below 1.
    """
    if window_days < 1 or (before_days is not None and before_days < 1):
        raise InputError(
            f"a window of {window_days} days and {before_days} days before it were asked for; expected at "
            "least 1 of each. Ask for longer ones."
        )


def days_before(day: date, days: int) -> date:
    """Count days back, not beyond the first day of the calendar.

    Parameters
    ----------
    day : date
        Where to begin.
    days : int
        How many.

    Returns
    -------
    date
        The earlier day.
    """
    return day - timedelta(days=min(days, (day - date.min).days))


def _chance(count: int, before: int, total: int, total_before: int) -> float:
    """Compute the chance of at least `count` of all in the window, as a binomial tail."""
    from scipy.special import betainc

    share = total / (total + total_before)
    return 1.0 if not count else float(betainc(count, before + 1, share))
