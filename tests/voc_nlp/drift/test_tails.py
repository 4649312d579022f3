"""The F distribution against scipy's."""

import pytest
from scipy.stats import f

from voc_nlp.drift.tails import f_quantile, f_tail


@pytest.mark.parametrize("above", [1.0, 3.7, 60.0])
@pytest.mark.parametrize("below", [8.0, 26.0, 2000.0])
@pytest.mark.parametrize("value", [0.0, 0.3, 1.0, 4.0, 25.0])
def test_tail_and_quantile(above: float, below: float, value: float) -> None:
    assert f_tail(value, above, below) == pytest.approx(f.sf(value, above, below), rel=1e-6, abs=1e-200)
    assert f_quantile(2e-4, above, below) == pytest.approx(f.isf(2e-4, above, below), rel=1e-4)
