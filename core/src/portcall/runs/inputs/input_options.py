"""How an input is to be read."""

from __future__ import annotations

from typing import Final

import attrs

from portcall.runs.inputs.input_error import InputError

FORMATS: Final = ("ndjson", "jsonl", "json", "csv", "tsv")


@attrs.frozen(kw_only=True)
class InputOptions:
    """How an input is to be read; what is None is found out.

    Args:
        format: ``ndjson`` or ``jsonl``, ``json``, ``csv``, ``tsv``. Without one the path's extension says
            it, or the first byte: ``[`` is a JSON array, everything else NDJSON. JSON that does not begin
            with ``[`` is documents one after the other, one a line or not.
        encoding: Of text: a name that Python knows. Without one a byte order mark says it, or it is UTF-8
            throughout. ``utf-8`` lets each line that is not UTF-8 be rejected by itself.
        sheet: Of an Excel workbook: the name of the sheet; the first if None.
        query: Of a database: one SELECT, whose rows are the events.
        query_key: The name of a column of the query that is unique and never null: the rows are in its
            order. With whole numbers from 1 on, rows up to the last one are passed over by the database.
        decimal: ``.`` or ``,``: what stands before the fraction in columns of numbers. Without one it is a
            point, and in files with semicolons between their cells also a comma.
    """

    format: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    sheet: str | None = None
    query: str | None = None
    query_key: str | None = None

    def checked(self) -> InputOptions:
        """Return the same, with the encoding's name as Python has it.

        Raises:
            InputError: There is no such format, encoding or decimal mark.
        """
        if self.format is not None and self.format not in FORMATS:
            from difflib import get_close_matches  # noqa: PLC0415  # for advice only

            near = get_close_matches(self.format, FORMATS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(FORMATS)}"
            raise InputError(f"there is no format {self.format!r}; {hint}")
        if self.decimal not in {None, ".", ","}:
            raise InputError(f"decimal={self.decimal!r} is not a decimal mark; give '.' or ','")
        if self.query_key is not None and self.query is None:
            raise InputError("query_key= is for rows of a query=")
        if self.encoding is None:
            return self
        from portcall.runs.inputs.encodings import known_encoding  # noqa: PLC0415  # few name one

        return attrs.evolve(self, encoding=known_encoding(self.encoding))
