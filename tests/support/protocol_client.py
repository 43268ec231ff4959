"""A client of the bare endpoint for tests: every answer must be JSON, every refusal in its form."""

import json
from typing import Any
from urllib.parse import quote

from flask import Flask

from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath


class Client:
    """Asks for one database, whose store stands beside it."""

    def __init__(self, app: Flask, database: str, store: DocumentStore | None = None) -> None:
        self.http = app.test_client()
        self.database = database
        self.store = store

    def ask(
        self,
        method: str,
        path: str = "",
        *,
        body: Any = None,
        status: int | None = None,
        base: str | None = None,
        **options: Any,
    ) -> Any:
        """Return the response, with the JSON of its body as ``value``."""
        base = f"/{self.database}" if base is None else base
        if body is not None:
            options.setdefault("data", json.dumps(body).encode("utf-8"))
            options.setdefault("content_type", "application/json")
        response: Any = self.http.open(base + path, method=method, **options)
        assert response.mimetype == "application/json", response.data
        if method != "HEAD":
            response.value = json.loads(response.data)
        if status is not None:
            assert response.status_code == status, response.data
        return response

    def get(self, path: str = "", **options: Any) -> Any:
        """Return the JSON of a GET that succeeds."""
        return self.ask("GET", path, **{"status": 200, **options}).value

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """Return the JSON of a POST that succeeds."""
        body = {} if body is None else body
        return self.ask("POST", path, **{"body": body, "status": 200, **options}).value

    def put(self, doc_id: str, body: Any, **options: Any) -> Any:
        """Return the JSON of a document's PUT that succeeds."""
        path = "/" + quote(doc_id, safe="")
        return self.ask("PUT", path, **{"body": body, "status": 201, **options}).value

    def refused(self, method: str, path: str = "", **options: Any) -> tuple[int, str]:
        """Return (status, error) of an answer that must be a refusal in CouchDB's form."""
        response = self.ask(method, path, **options)
        assert set(response.value) == {"error", "reason"}
        return response.status_code, response.value["error"]


def dispute(store: DocumentStore) -> None:
    """Insert a document ``a`` with two living leaves and a deleted one."""
    store.insert(
        [
            RevisionPath("a", ("3-d", "2-b", "1-a"), False, {"by": "d"}),
            RevisionPath("a", ("2-c", "1-a"), False, {"by": "c"}),
            RevisionPath("a", ("4-z", "3-y", "2-x", "1-a"), True, {}),
        ]
    )
