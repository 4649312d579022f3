"""Every route: closed without its scope, closed to departments unless it says so, blind to other tenants."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.door import Door
from api.keys.service import Scope
from api.main import create_app
from api.settings import Settings
from tests.api.access.test_keys import bearer, made
from tests.api.doubles import WordAnalyzer
from tests.api.privacy.test_erasure import erase
from tests.api.theme_calls import changed, etag, post
from tests.api.vault.test_originals import REASON, give_key
from tests.api.webhooks.bench import by_name

APP = create_app(Settings(database_url="sqlite:///unused.sqlite3"), WordAnalyzer())
OPEN = {"/healthz", "/readyz", "/version", "/metrics", "/v1/incoming/{kind}"}
"""Routes for the operator's network, which show nothing of a tenant, and one whose door is a signature."""
SAME_FOR_ALL = {("DELETE", "/v1/customers/{customer_id:path}")}
"""A customer's id is the tenant's own word: another tenant's is a customer without comments."""


def routes_of(app: FastAPI) -> list[APIRoute]:
    """List the routes, those of included routers too."""
    found: list[APIRoute] = []

    def walk(holder: Any) -> None:
        for route in holder.routes:
            if isinstance(route, APIRoute) and not route.path.startswith("/docs"):
                found.append(route)
            elif hasattr(route, "original_router"):
                walk(route.original_router)

    walk(app)
    return found


def doors_of(dependant: Dependant) -> Iterator[Door]:
    door = getattr(dependant.call, "door", None)
    if door is not None:
        yield door
    for inner in dependant.dependencies:
        yield from doors_of(inner)


ROUTES = [(sorted(route.methods)[0], route.path, route) for route in routes_of(APP) if route.path not in OPEN]


def test_the_walk_finds_the_routes() -> None:
    assert len(ROUTES) == sum(
        len(methods) for path, methods in APP.openapi()["paths"].items() if path not in OPEN
    )
    assert {path for _, path, _ in ROUTES} >= {
        "/v1/comments/{comment_id}/original",
        "/v1/keys/{key_id}/rotate",
    }


@pytest.mark.parametrize(("method", "path", "route"), ROUTES, ids=lambda value: str(value)[:60])
def test_every_route_has_a_door_and_keeps_to_it(
    plain_client: TestClient, make_key: Callable[..., str], method: str, path: str, route: APIRoute
) -> None:
    doors = set(doors_of(route.dependant))
    assert doors, f"{method} {path} lets anybody in"
    scopes = {door.scope for door in doors}
    spoken = path.replace("{customer_id:path}", "nobody")
    for missing in scopes:
        others = ",".join(sorted(set(Scope) - {missing}))
        response = plain_client.request(method, spoken, headers=bearer(make_key(plain_client, scopes=others)))
        assert (response.status_code, response.json()["code"]) == (403, "scope_missing")
        assert f"'{missing}'" in response.json()["detail"]
    exactly = ",".join(sorted(scopes))
    response = plain_client.request(method, spoken, headers=bearer(make_key(plain_client, scopes=exactly)))
    assert response.status_code not in (401, 403), response.text
    limited = bearer(make_key(plain_client, scopes=exactly, departments=["logistics"]))
    response = plain_client.request(method, spoken, headers=limited)
    refused = response.status_code == 403 and response.json()["code"] == "department_scope"
    assert refused is not all(door.of_departments for door in doors)
    assert plain_client.request(method, spoken, headers=bearer("voc_unknown")).status_code == 401


@pytest.fixture
def ids_of_a(vault_client: TestClient) -> dict[str, str]:
    """Make one of everything for the tenant ``default``; gives the ids by the name of the path's part."""
    give_key(vault_client)
    stored = post(vault_client, "1", "配送が最悪。03-1234-5678", customer_id="c-1", nps=0)
    erased = erase(vault_client, "somebody else")
    theme = {"kind": "rule", "label": {"ja": "犬", "en": "dog"}, "query": "犬"}
    added = changed(vault_client, "POST", "", theme)
    fit = vault_client.post("/v1/themes/fit", json={}, headers={"If-Match": etag(vault_client)})
    job = vault_client.post("/v1/jobs", json={"kind": "score", "comments": [{"id": "1", "text": "late"}]})
    vault_client.app.state.resolver = by_name(hooks_example_com=["8.8.8.8"])  # type: ignore[attr-defined]
    hook = vault_client.post("/v1/webhooks", json={"url": "https://hooks.example.com/voc"}).json()
    mapping = {"external_id": "/id", "text": "/text"}
    source = vault_client.post("/v1/incoming-sources", json={"name": "x", "mapping": mapping}).json()
    names = {"ja": "配送一課", "en": "Delivery one"}
    team = vault_client.post("/v1/teams", json={"department": "logistics", "name": names}).json()
    member = vault_client.post("/v1/members", json={"name": "森", "team_id": team["id"]}).json()
    away = {"from": "2026-02-01T00:00:00Z", "to": "2026-02-02T00:00:00Z"}
    absence = vault_client.post(f"/v1/members/{member['id']}/absences", json=away).json()
    rules = vault_client.get("/v1/policy")
    told = {"rules": rules.json()["rules"], "match": "first"}
    vault_client.put("/v1/policy", json=told, headers={"If-Match": rules.headers["etag"]})
    said = {"comment_id": stored["comment"]["id"], "task": "churn", "label": True}
    correction = vault_client.post("/v1/corrections", json=said).json()
    return {
        "correction_id": correction["id"],
        "team_id": team["id"],
        "member_id": member["id"],
        "absence_id": absence["id"],
        "number": "1",
        "webhook_id": hook["id"],
        "source_id": source["id"],
        "job_id": job.json()["id"],
        "comment_id": stored["comment"]["id"],
        "ticket_id": stored["ticket"]["id"],
        "theme_id": added["themes"][0]["id"],
        "fit_id": fit.json()["id"],
        "erasure_id": erased["id"],
        "key_id": made(vault_client)[0],
        "customer_id": "c-1",
    }


def test_another_tenants_ids_are_not_there(
    vault_client: TestClient, ids_of_a: dict[str, str], make_key: Callable[..., str]
) -> None:
    """Walk all routes with an id in the path: the ids of one tenant, the key of another."""
    stranger = bearer(make_key(vault_client, tenant="other", scopes=",".join(Scope)))
    before = {
        path: vault_client.get(path).text
        for path in (
            "/v1/comments",
            "/v1/corrections",
            "/v1/tickets",
            "/v1/themes",
            "/v1/keys",
            "/v1/erasures",
        )
    }
    walked = 0
    for method, pattern, route in ROUTES:
        names = [parameter.name for parameter in route.dependant.path_params]
        unknown = set(names) - set(ids_of_a)
        assert not unknown, f"{pattern}: say in ids_of_a how to make one of {unknown}"
        if not names:
            continue
        walked += 1
        path = route.path_format.format(**ids_of_a)
        if (method, pattern) in SAME_FOR_ALL:
            response = vault_client.request(method, path, headers=stranger)
            assert response.status_code == 200
            assert set(response.json()["counts"].values()) == {0}
            continue
        document = APP.openapi()["paths"][route.path_format][method.lower()]
        body = None
        if "requestBody" in document:
            examples = document["requestBody"]["content"]["application/json"]["examples"]
            body = next(iter(examples.values()))["value"]
        response = vault_client.request(
            method, path, json=body, params=REASON, headers={"If-Match": "*", **stranger}
        )
        assert (response.status_code, response.json()["code"]) in (
            (404, "not_found"),
            (404, "theme_not_found"),
        ), f"{method} {path}: {response.text}"
    assert walked >= 10
    for path, text in before.items():
        assert vault_client.get(path).text == text
        told = vault_client.get(path, headers=stranger).text
        assert not any(one in told for name, one in ids_of_a.items() if name != "number")


def test_a_body_cannot_name_a_tenant(vault_client: TestClient, make_key: Callable[..., str]) -> None:
    headers = bearer(make_key(vault_client, tenant="other", scopes="ticket,read"))
    sent = {
        "source": "s",
        "external_id": "1",
        "text": "配送が遅い",
        "tenant_id": "default",
        "tenant": "default",
    }
    assert vault_client.post("/v1/comments", json=sent, headers=headers).status_code == 201
    assert vault_client.get("/v1/comments").json()["items"] == []
    assert len(vault_client.get("/v1/comments", headers=headers).json()["items"]) == 1
