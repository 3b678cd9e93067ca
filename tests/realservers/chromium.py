"""A window of headless Chromium, driven by the W3C WebDriver protocol and what Chromium adds to it."""

from __future__ import annotations

import base64
import json
import urllib.request
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self

WAIT_S = 20.0
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Shift": "\ue008", "Escape": "\ue00c", "Space": " "}


class Window:
    """One browser window; close it with ``with``.

    Args:
        driver: What ``real_server("chromium")`` returns.
    """

    def __init__(self, driver: Any) -> None:
        self._base: str = driver.url
        arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-first-run", "--hide-scrollbars",
            "--force-color-profile=srgb",
        ]  # fmt: skip
        wanted = {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"binary": driver.binary, "args": arguments},
        }
        made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{made['sessionId']}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._call("DELETE", self._session)

    def look(self, width: int = 1280, height: int = 900, *, dark: bool = False) -> None:
        """Set the size of the window, and which colours its person likes."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._chromium("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._chromium("Emulation.setEmulatedMedia", features=[scheme])

    def without_scripts(self, *, off: bool = True) -> None:
        """Run no script of a page."""
        self._chromium("Emulation.setScriptExecutionDisabled", value=off)

    def open(self, url: str) -> None:
        """Go to a page, and wait until it is there."""
        self._call("POST", f"{self._session}/url", {"url": url})

    @property
    def url(self) -> str:
        """Where the window is."""
        return str(self._call("GET", f"{self._session}/url"))

    @property
    def source(self) -> str:
        """The page as it is now."""
        return str(self._call("GET", f"{self._session}/source"))

    def run(self, expression: str) -> Any:
        """Return the value of an expression in the page; a promise is waited for."""
        script = {"script": f"return ({expression})", "args": []}
        return self._call("POST", f"{self._session}/execute/sync", script)

    def do(self, script: str) -> None:
        """Run statements in the page."""
        self._call("POST", f"{self._session}/execute/sync", {"script": script, "args": []})

    def wait_for(self, expression: str) -> None:
        """Wait until an expression is true."""
        ends = monotonic() + WAIT_S
        while monotonic() < ends:
            if self.run(f"Boolean({expression})"):
                return
            sleep(0.02)
        raise AssertionError(f"{expression} did not become true at {self.url}")

    def click(self, selector: str) -> None:
        """Click on an element; a page that it leads to is waited for by the next command."""
        self._call("POST", f"{self._session}/element/{self._find(selector)}/click", {})

    def fill(self, selector: str, text: str) -> None:
        """Put a text in the place of what an input holds."""
        element = self._find(selector)
        self._call("POST", f"{self._session}/element/{element}/clear", {})
        self._call("POST", f"{self._session}/element/{element}/value", {"text": text})

    def press(self, *keys: str) -> None:
        """Press keys where the focus is: names of `KEYS`, or characters; ``Shift`` holds for the next."""
        actions = []
        for key in keys:
            value = KEYS.get(key, key)
            actions.append({"type": "keyDown", "value": value})
            if key != "Shift":
                actions.append({"type": "keyUp", "value": value})
        if "Shift" in keys:
            actions.append({"type": "keyUp", "value": KEYS["Shift"]})
        self._call(
            "POST",
            f"{self._session}/actions",
            {"actions": [{"type": "key", "id": "keys", "actions": actions}]},
        )

    def complaints(self) -> list[str]:
        """Return what pages wrote to the console as warnings or errors since the last time."""
        entries = self._call("POST", f"{self._session}/se/log", {"type": "browser"})
        return [each["message"] for each in entries if each["level"] in {"WARNING", "SEVERE"}]

    def screenshot(self, path: Path) -> None:
        """Write what the window shows as a PNG."""
        path.write_bytes(base64.b64decode(self._call("GET", f"{self._session}/screenshot")))

    def _find(self, selector: str) -> str:
        query = {"using": "css selector", "value": selector}
        found: dict[str, str] = self._call("POST", f"{self._session}/element", query)
        return next(iter(found.values()))

    def _chromium(self, command: str, **parameters: Any) -> None:
        asked = {"cmd": command, "params": parameters}
        self._call("POST", f"{self._session}/goog/cdp/execute", asked)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]
