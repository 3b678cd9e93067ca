"""A page that sends events as a shop's would, with a snippet in the shape of analytics.js."""

from __future__ import annotations

import json
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src data:"
)

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Harbour Coffee</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/demo/page.css">
<h1>Harbour Coffee</h1>
<p>Each button sends an event to <code>portcall serve</code> on this machine, which delivers it to two
receivers.</p>
<p><button id="order">Order a coffee</button> <button id="join">Join the club</button></p>
<ol id="sent" aria-live="polite"></ol>
<script src="/demo/analytics.js"></script>
<script src="/demo/page.js"></script>
"""

_STYLE: Final = """\
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }
button { font: inherit; padding: .4rem .8rem; }
"""

_SNIPPET: Final = """\
'use strict';
(() => {
  const writeKey = WRITE_KEY;
  const id = () => crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2);
  const anonymousId = localStorage.getItem('ajs_anonymous_id') || id();
  localStorage.setItem('ajs_anonymous_id', anonymousId);
  let userId = null;
  const send = (type, fields) => {
    const now = new Date().toISOString();
    const event = {
      ...fields, type, anonymousId, userId, writeKey,
      messageId: `page-${id()}`, timestamp: now, sentAt: now,
      context: {
        page: { path: location.pathname, title: document.title, url: location.href },
        userAgent: navigator.userAgent,
      },
    };
    return fetch(`/v1/${type[0]}`, {
      method: 'POST', keepalive: true, headers: { 'Content-Type': 'text/plain' }, body: JSON.stringify(event),
    }).then((answer) => answer.json().then((said) => ({ status: answer.status, said })));
  };
  window.analytics = {
    track: (event, properties = {}) => send('track', { event, properties }),
    page: (name, properties = {}) => send('page', { name, properties }),
    identify: (user, traits = {}) => { userId = user; return send('identify', { traits }); },
  };
})();
"""

_SCRIPT: Final = """\
'use strict';
const show = (what) => ({ status, said }) => {
  const line = document.createElement('li');
  line.textContent = status === 200 ? `${what}: taken` : `${what}: ${status} ${said.error.message}`;
  document.getElementById('sent').append(line);
};
analytics.page('Menu').then(show('page'));
document.getElementById('order').onclick = () =>
  analytics.track('Coffee Ordered', { total: 4.5, currency: 'EUR' }).then(show('Coffee Ordered'));
document.getElementById('join').onclick = () =>
  analytics.identify('ada', { email: 'ada@example.com' }).then(show('identify'));
"""


def page_routes(write_key: str) -> list[BaseRoute]:
    """Return the routes of the page.

    Args:
        write_key: Of the source that takes its events; a page shows it to everyone.
    """
    script = "text/javascript"
    files = {
        "/demo/page.css": (_STYLE, "text/css"),
        "/demo/analytics.js": (_SNIPPET.replace("WRITE_KEY", json.dumps(write_key)), script),
        "/demo/page.js": (_SCRIPT, script),
    }

    def page(_: Request) -> Response:
        return HTMLResponse(_PAGE, headers={"Content-Security-Policy": POLICY})

    def file(request: Request) -> Response:
        text, media_type = files[request.url.path]
        return Response(text, media_type=media_type, headers={"Cache-Control": "no-store"})

    return [Route("/demo", page), *(Route(path, file) for path in files)]
