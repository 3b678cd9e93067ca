"""The first page: what is connected, and what can be."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from portcall import PortcallError
from portcall.previews.authors import CATALOGUE, health_of
from portcall_server.web.accounts import drafts_of
from portcall_server.web.view import View


def home(view: View) -> Response:
    """List connections and destinations."""
    query = view.form.text("q").strip()
    rows = [each for each in _destinations(view) if _has(each, query)]
    return view.render(
        "home.html",
        connections=connection_rows(view),
        destinations=rows,
        query=query,
        drafts=set(drafts_of(view.session)),
    )


def connection_rows(view: View) -> list[dict[str, Any]]:
    """Return what is shown of each connection; one that cannot be read says why."""
    rows: list[dict[str, Any]] = []
    for name in view.site.names():
        try:
            record = view.site.store.get(name)
        except PortcallError as exc:
            rows.append({"name": name, "slug": "", "word": "unreadable", "why": view.message(exc)})
            continue
        if record is None:
            continue
        view.known.remember(record.settings, record.auth, record.state)
        health = health_of(record)
        rows.append(
            {
                "name": name,
                "slug": record.slug,
                "word": health.word,
                "needs_person": health.needs_person,
                "why": view.message(health.cause) if health.cause else "",
                "changed": record.updated_at,
            }
        )
    return rows


def _destinations(view: View) -> list[dict[str, Any]]:
    published: dict[str, Any] = {
        each["slug"]: each for each in CATALOGUE if each["kind"] == "destinations"
    }
    found = view.site.host().destinations
    rows: list[dict[str, Any]] = []
    for slug in found:
        try:
            info = found[slug]
        except PortcallError as exc:
            rows.append(
                {"slug": slug, "title": slug, "about": "", "source": "", "fault": view.message(exc)}
            )
            continue
        about = published.get(slug, {})
        rows.append(
            {
                "slug": slug,
                "title": about.get("title") or slug,
                "about": about.get("summary", ""),
                "source": info.source,
                "fault": "",
            }
        )
    return rows


def _has(row: dict[str, Any], query: str) -> bool:
    text = f"{row['slug']} {row['title']} {row['about']} {row['source']}".casefold()
    return all(word in text for word in query.casefold().split())
