"""Words in their colours, and tables of them; imports no package, so that a list need not wait for one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GREEN, _YELLOW, _RED = 32, 33, 31
_COLOURS = {
    "ok": _GREEN,
    "refused": _YELLOW,
    "broken": _RED,
    "ambiguous": _RED,
    "failed": _RED,
}
_BOLD = 1


def mark(word: str, width: int = 0) -> str:
    """Return a status word in its colour (ECMA-48 §8.3.117); `click.echo` takes it out for a file."""
    return _styled(word.ljust(width), _COLOURS.get(word))


def table(
    rows: Sequence[Sequence[str]], heads: Sequence[str], *, coloured: bool = True
) -> Iterator[str]:
    """Align *rows* under *heads*; the last column is as long as it likes."""
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads) - 1)]
    for number, row in enumerate((heads, *rows)):
        cells = [cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)]
        if coloured and number:
            cells = [_styled(cell, _COLOURS.get(cell.strip())) for cell in cells]
        line = "  ".join(cells).rstrip()
        yield line if number or not coloured else _styled(line, _BOLD)


def _styled(text: str, code: int | None) -> str:
    return text if code is None else f"\x1b[{code}m{text}\x1b[0m"
