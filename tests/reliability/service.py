"""The service with the analyzer double, as a program: what is killed here is storing, not reading."""

from fastapi import FastAPI

from api.logs import configure_logs
from api.main import create_app
from api.settings import Settings
from tests.api.doubles import WordAnalyzer


def app() -> FastAPI:
    """Build the service from ``VOC_*``; uvicorn calls it."""
    settings = Settings()
    configure_logs(settings)
    return create_app(settings, WordAnalyzer())
