"""What the page about checks says of each, made of their titles and docstrings."""

import re
import textwrap

from portcall.checks.catalogue import CHECKS, GROUPS

BLOCK = re.compile(r"^<!-- checks -->\n(.*?)^<!-- end of checks -->$", re.MULTILINE | re.DOTALL)
_WIDTH = 130


def with_checks(text):
    """Return the text of a page with the paragraphs about checks as they have to be."""
    return BLOCK.sub(lambda _: f"<!-- checks -->\n\n{_body()}\n\n<!-- end of checks -->", text)


def _body():
    parts = []
    for prefix, title in GROUPS.items():
        parts.append(f"## {prefix}xx: {title}")
        parts += [_about(each) for each in CHECKS if each.code.startswith(prefix)]
    return "\n\n".join(parts)


def _about(check):
    anchor, heading = check.code.lower(), f"### {check.code} {check.name}"
    about = re.sub(r"``(.+?)``", r"`\1`", check.about)
    paragraphs = [" ".join(each.split()) for each in about.split("\n\n")]
    prose = [textwrap.fill(each, _WIDTH, break_long_words=False) for each in paragraphs]
    return "\n\n".join([f"({anchor})=", heading, f"**{check.title}** ({check.severity})", *prose])
