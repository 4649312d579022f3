"""The page /docs: served whole from this process, under a policy that lets only its own script run."""

import base64
import hashlib
import re
from importlib.resources import files

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from api.errors import NotFoundError

router = APIRouter(include_in_schema=False)
_FILES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """Show the calls; nothing is loaded from elsewhere."""
    app: FastAPI = request.app
    root = str(request.scope.get("root_path", "")).rstrip("/")
    page = get_swagger_ui_html(
        openapi_url=f"{root}{app.openapi_url}",
        title=app.title,
        swagger_js_url=f"{root}/docs/swagger-ui-bundle.js",
        swagger_css_url=f"{root}/docs/swagger-ui.css",
        swagger_favicon_url=f"{root}/docs/favicon.png",
    )
    content = bytes(page.body)
    page.headers["Content-Security-Policy"] = _policy(content.decode())
    return page


@router.get("/docs/{name}")
def docs_file(name: str) -> Response:
    """Hand out a file of Swagger UI, as the package fastapi-offline carries it."""
    if name not in _FILES:
        raise NotFoundError()
    content = (files("fastapi_offline") / "static" / name).read_bytes()
    return Response(content, media_type=_FILES[name], headers={"Cache-Control": "max-age=86400"})


def _policy(page: str) -> str:
    """Allow what the page loads, and its inline scripts by their hashes."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return (
        f"default-src 'none'; script-src 'self' {allowed}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
