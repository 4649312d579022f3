"""The tail of the F distribution, in plain Python: no scipy is needed to watch for drift."""

import math
from functools import lru_cache

_STEPS = 300
_TINY = 1e-300


def f_tail(value: float, above: float, below: float) -> float:
    """Compute the chance that a variable of the F distribution is larger.

    Parameters
    ----------
    value : float
        At least 0.
    above : float
        Degrees of freedom of the numerator, above 0.
    below : float
        Degrees of freedom of the denominator, above 0.

    Returns
    -------
    float
        In [0, 1].
    """
    if value <= 0:
        return 1.0
    return _beta(below / 2, above / 2, below / (below + above * value))


@lru_cache(maxsize=4096)
def f_quantile(chance: float, above: float, below: float) -> float:
    """Find the value that a variable of the F distribution exceeds with a chance.

    Parameters
    ----------
    chance : float
        In (0, 1).
    above : float
        Degrees of freedom of the numerator, above 0.
    below : float
        Degrees of freedom of the denominator, above 0.

    Returns
    -------
    float
        The value, to six digits.
    """
    low, high = 0.0, 1.0
    while f_tail(high, above, below) > chance:
        low, high = high, high * 2
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        if f_tail(middle, above, below) > chance:
            low = middle
        else:
            high = middle
    return high


def _beta(first: float, second: float, place: float) -> float:
    """Compute the regularised incomplete beta function.

    References
    ----------
    Lentz (1976), Generating Bessel functions in Mie scattering calculations using continued fractions.
    """
    if place <= 0 or place >= 1:
        return 0.0 if place <= 0 else 1.0
    if place > (first + 1) / (first + second + 2):
        return 1.0 - _beta(second, first, 1.0 - place)
    front = math.exp(
        math.lgamma(first + second)
        - math.lgamma(first)
        - math.lgamma(second)
        + first * math.log(place)
        + second * math.log1p(-place)
    )
    numerator, denominator = 1.0, 1.0 - (first + second) * place / (first + 1)
    denominator = 1.0 / (denominator if abs(denominator) > _TINY else _TINY)
    total = denominator
    for step in range(1, _STEPS):
        for part in (
            step * (second - step) * place / ((first + 2 * step - 1) * (first + 2 * step)),
            -(first + step) * (first + second + step) * place / ((first + 2 * step) * (first + 2 * step + 1)),
        ):
            denominator = 1.0 + part * denominator
            denominator = 1.0 / (denominator if abs(denominator) > _TINY else _TINY)
            numerator = 1.0 + part / numerator
            numerator = numerator if abs(numerator) > _TINY else _TINY
            change = denominator * numerator
            total *= change
        if abs(change - 1.0) < 1e-12:
            break
    return front * total / first
