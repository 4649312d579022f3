"""Fixtures of the library's tests: the shipped models, loaded once a process."""

import pytest

from voc_nlp import Analyzer, load_analyzer


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    """Load the shipped models."""
    return load_analyzer()
