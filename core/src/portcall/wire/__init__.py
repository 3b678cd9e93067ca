"""Bytes to and from destinations; every part of the other side's answer is untrusted.

Requests and answers are written and read here and not by ``http.client``: its header parser takes what
this one refuses (``+5`` as a chunk size, lines without a colon), its time-outs start again with every
byte, and it takes several times as long.
"""
