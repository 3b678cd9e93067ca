"""The pages of this repository, taken apart: their blocks, and the files that blocks are shown for."""

import re
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
READMES = [ROOT / "README.md", *sorted(ROOT.glob("*/*/README.md")), ROOT / "core" / "README.md"]
PAGES = [*READMES, *DOCS, *(ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md"))]

_FENCE = re.compile(r"^```(\S*)$")
_WIDTH = re.compile(r".*\bterminal of (?P<columns>[0-9]+) columns:")
_FILE = re.compile(r"(?P<more>.*)`(?P<name>[\w./-]+)`:")


@attrs.frozen
class Block:
    """One fenced block.

    Args:
        page: Where it stands.
        line: Its first line of text, counted from 1.
        language: What follows the opening fence.
        text: What is inside.
        file: Name in the line before, ``"`name`:"``; empty if there is none.
        appends: That line has more words: the text belongs to the end of the file.
        columns: What the line before says of the terminal, ``"terminal of 80 columns:"``; None if it says
            nothing.
    """

    page: Path
    line: int
    language: str
    text: str
    file: str = ""
    appends: bool = False
    columns: int | None = None

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks_of(page):
    """Return the blocks of *page* in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    blocks, before, number = [], "", 0
    while number < len(lines):
        fence = _FENCE.fullmatch(lines[number])
        if fence:
            end = lines.index("```", number + 1)
            text = "".join(f"{line}\n" for line in lines[number + 1 : end])
            named, wide = _FILE.fullmatch(before), _WIDTH.fullmatch(before)
            blocks.append(
                Block(
                    page,
                    number + 2,
                    fence[1],
                    text,
                    file=named["name"] if named else "",
                    appends=bool(named and named["more"]),
                    columns=int(wide["columns"]) if wide else None,
                )
            )
            before, number = f"```{fence[1]}", end
        elif lines[number]:
            before = lines[number]
        number += 1
    return blocks


def with_output(blocks):
    """Pair each block with the text block that follows it, with no prose between, or with None."""
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        ends = block.line + block.text.count("\n") + 1
        follows = following is not None and following.language == "text"
        yield block, following if follows and following.line - ends <= 2 else None


def run_by_its_own_tests(page):
    """Return whether the distribution of a README runs the README itself."""
    tests = page.parent.glob("tests/*.py") if page.parent != ROOT else ()
    return any("README.md" in test.read_text(encoding="utf-8") for test in tests)


def write_files(blocks, folder):
    """Write what the blocks show of files into *folder*; of a file shown twice, the last."""
    for block in blocks:
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            adds = block.appends and path.is_file()
            before = f"{path.read_text(encoding='utf-8')}\n\n" if adds else ""
            path.write_text(before + block.text, encoding="utf-8")
