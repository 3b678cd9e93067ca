"""What a server offers: the first digest challenge that can be answered (RFC 7616 §3.3, §3.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urljoin, urlsplit

import attrs

from portcall_digest.algorithms import Algorithm
from portcall_digest.challenges import Parsed

SCHEME: Final = "digest"
_MOST_PLACES: Final = 32
_PORTS: Final = {"http": ":80", "https": ":443"}


@attrs.frozen(kw_only=True)
class Challenge:
    """A digest challenge that can be answered.

    Args:
        realm: One character per byte of it.
        nonce: As the server gave it.
        algorithm: MD5 where the server names none.
        named: The server's own spelling of the algorithm; None if it named none.
        qop: ``"auth"``, ``"auth-int"``, or ``""`` for a server of before qop (RFC 2069).
        opaque: To be given back as it is.
        places: URL prefixes for which the answer holds: the protection space.
        whole: It is the whole server.
        stale: Only the nonce was refused.
        userhash: The server wants the user name hashed.
    """

    realm: str
    nonce: str
    algorithm: Algorithm
    named: str | None
    qop: str
    opaque: str | None
    places: tuple[str, ...]
    whole: bool
    stale: bool
    userhash: bool


def choose(offers: Iterable[Parsed], url: str) -> Challenge | None:
    """Return the first challenge that can be answered, in the server's order (RFC 7616 §3.7).

    Args:
        offers: Every challenge of one answer.
        url: Absolute URL that was refused.
    """
    read = (_read(offer.params, url) for offer in offers if offer.sound and offer.scheme == SCHEME)
    return next((challenge for challenge in read if challenge is not None), None)


def describe(offers: Iterable[Parsed]) -> str:
    """Name what a server offers, for a message: ``basic, digest SHA-1``."""
    texts = [f"{offer.scheme} {offer.params.get('algorithm', '')}".strip() for offer in offers]
    return ", ".join(dict.fromkeys(ascii(text)[1:41].rstrip("'") for text in texts[:8]))


def _read(params: Mapping[str, str], url: str) -> Challenge | None:
    algorithm = Algorithm.named(params.get("algorithm", "MD5"))
    qop = _qop(params.get("qop", ""))
    if algorithm is None or qop is None or not {"realm", "nonce"} <= params.keys():
        return None
    root = "/".join([*url.split("/", 3)[:3], ""])
    places = _places(params.get("domain", ""), root)
    return Challenge(
        realm=params["realm"],
        nonce=params["nonce"],
        algorithm=algorithm,
        named=params.get("algorithm"),
        qop=qop,
        opaque=params.get("opaque"),
        places=places or (root,),
        whole=places in {(), (root,)},
        stale=params.get("stale", "").lower() == "true",
        userhash=params.get("userhash", "").lower() == "true",
    )


def _qop(offered: str) -> str | None:
    """Choose ``auth`` before ``auth-int``, which fewer servers get right; None if neither is there."""
    options = {option.strip().lower() for option in offered.split(",")} - {""}
    if not options:
        return ""
    return next((option for option in ("auth", "auth-int") if option in options), None)


def _places(domain: str, root: str) -> tuple[str, ...]:
    """Make the URLs of ``domain`` absolute; without any, the whole server is one space (§3.3)."""
    found = (_absolute(root, each) for each in domain.split()[:_MOST_PLACES])
    return tuple(place for place in found if place)


def _absolute(root: str, reference: str) -> str | None:
    try:
        parts = urlsplit(urljoin(root, reference))
    except ValueError:
        return None
    authority = parts.netloc.lower().removesuffix(_PORTS.get(parts.scheme, ""))
    return parts._replace(netloc=authority, path=parts.path or "/", fragment="").geturl()
