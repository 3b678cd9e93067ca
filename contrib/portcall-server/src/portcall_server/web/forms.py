"""What a page sends: the fields of a form, with bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

import attrs
from starlette.requests import Request

from portcall import SettingsError

MOST_BYTES: Final = 2 << 20
MOST_FIELDS: Final = 2_000


@attrs.frozen
class Form:
    """The fields of a form, or of a query.

    Args:
        values: All values by name, in their order; each line ends with a line feed.
    """

    values: Mapping[str, list[str]] = attrs.field(factory=dict, repr=False)

    @classmethod
    def parse(cls, text: str) -> Form:
        """Read ``application/x-www-form-urlencoded``.

        Raises:
            SettingsError: There are too many fields.
        """
        try:
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError:
            raise SettingsError(f"a form has at most {MOST_FIELDS} fields") from None
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value.replace("\r\n", "\n"))
        return cls(values)

    def text(self, name: str) -> str:
        """Return the value of a field; empty if there is none."""
        return self.values.get(name, [""])[0]

    def has(self, name: str) -> bool:
        """Return whether the form has that field."""
        return name in self.values

    def below(self, prefix: str) -> dict[str, str]:
        """Return the fields whose names begin so, by the rest of their names."""
        return {
            name.removeprefix(prefix): values[0]
            for name, values in self.values.items()
            if name.startswith(prefix)
        }


async def read_form(request: Request) -> Form:
    """Read the form of a request.

    Raises:
        SettingsError: It is too large.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise SettingsError(f"a form has at most {MOST_BYTES >> 20} MiB")
    return Form.parse(body.decode("utf-8", "replace"))
