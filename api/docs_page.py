"""The page /docs, under a policy that lets only its own script run."""

import base64
import hashlib
import re

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)
_CDN = "https://cdn.jsdelivr.net"


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """Show the calls; the page loads Swagger UI from its public address."""
    app: FastAPI = request.app
    root = str(request.scope.get("root_path", "")).rstrip("/")
    page = get_swagger_ui_html(openapi_url=f"{root}{app.openapi_url}", title=app.title)
    content = bytes(page.body)
    page.headers["Content-Security-Policy"] = _policy(content.decode())
    return page


def _policy(page: str) -> str:
    """Allow what the page loads, and its inline scripts by their hashes."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return (
        f"default-src 'none'; script-src {_CDN} {allowed}; style-src {_CDN} 'unsafe-inline'; "
        "img-src 'self' data: https://fastapi.tiangolo.com; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
