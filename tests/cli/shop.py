"""Writes the events that `portcall demo` delivers: ``python tests/cli/shop.py``.

A shop that sells coffee, three days of it: 140 visitors look, some sign up, some buy. Always the
same events, byte for byte. Three of them no strict receiver takes: two orders with a negative
total, and an account with an address that is none.
"""

import gzip
import io
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

PLACE = Path(__file__).parents[2] / "core/src/portcall/cli/demo/events.ndjson.gz"
EVENTS = 1000
BAD_TOTALS = (214, 731)  # lines
BAD_EMAIL = 486
START = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
PEOPLE = [
    "Ada",
    "Béla",
    "Chidi",
    "Dagny",
    "Emre",
    "Fatou",
    "Goran",
    "Hana",
    "Iris",
    "João",
    "Kei",
    "Łucja",
]
FAMILIES = [
    "Okafor",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Silva",
    "Novak",
    "O'Brien",
    "Weiß",
    "Haddad",
    "Kaya",
]
CITIES = [
    ("Hamburg", "de-DE"),
    ("Porto", "pt-PT"),
    ("Lyon", "fr-FR"),
    ("Kyoto", "ja-JP"),
    ("Leeds", "en-GB"),
]
PRODUCTS = [
    ("HC-101", "Harbour Blend 250 g", 8.90),
    ("HC-102", "Night Shift Espresso 1 kg", 27.50),
    ("HC-103", "Decaf Quay 250 g", 9.40),
    ("HC-201", "Filter papers, 100", 4.20),
    ("HC-202", "Hand grinder", 64.00),
    ("HC-203", "Kettle, 0.8 l", 49.00),
    ("HC-301", "Tasting box", 32.00),
]
AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/134.0.0.0 Safari/537.36",
]
CAMPAIGNS = [None, None, {"source": "newsletter", "medium": "email", "name": "spring"}]


class Visitor:
    """A person with a browser, and from some moment on with an account."""

    def __init__(self, number, dice):
        self.dice = dice
        self.number = number
        self.anonymous_id = str(UUID(int=dice.getrandbits(128), version=4))
        self.first, self.last = dice.choice(PEOPLE), dice.choice(FAMILIES)
        self.city, self.locale = dice.choice(CITIES)
        self.agent = dice.choice(AGENTS)
        self.campaign = dice.choice(CAMPAIGNS)
        self.known = dice.random() < 0.4
        self.now = START + timedelta(seconds=dice.randrange(3 * 86_400))
        self.cart = []

    def event(self, kind, page, **more):
        self.now += timedelta(
            seconds=self.dice.randrange(4, 120), milliseconds=self.dice.randrange(1000)
        )
        context = {
            "ip": f"203.0.113.{self.number % 250 + 1}",
            "userAgent": self.agent,
            "locale": self.locale,
            "page": {"path": page, "url": f"https://coffee.example{page}"},
        }
        if self.campaign:
            context["campaign"] = self.campaign
        event = {
            "type": kind,
            "messageId": str(UUID(int=self.dice.getrandbits(128), version=4)),
            "timestamp": self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "anonymousId": self.anonymous_id,
            "userId": f"u-{4000 + self.number}" if self.known else None,
            "context": context,
        }
        return {name: value for name, value in {**event, **more}.items() if value is not None}

    def visit(self):
        """One session."""
        yield self.event("page", "/", name="Home", properties={"title": "Harbour Coffee"})
        for _ in range(self.dice.randrange(1, 5)):
            sku, name, price = self.dice.choice(PRODUCTS)
            page = f"/products/{sku.lower()}"
            item = {"product_id": sku, "name": name, "price": price, "currency": "EUR"}
            yield self.event("page", page, name="Product", properties={"title": name})
            yield self.event("track", page, event="Product Viewed", properties=item)
            if self.dice.random() < 0.45:
                self.cart.append({**item, "quantity": self.dice.randrange(1, 4)})
                yield self.event("track", page, event="Product Added", properties=self.cart[-1])
        if self.cart and self.dice.random() < 0.8:
            yield from self.buy()

    def buy(self):
        if not self.known:
            self.known = True
            yield self.event("identify", "/account", traits=self.traits())
        total = round(sum(item["price"] * item["quantity"] for item in self.cart), 2)
        order = {
            "order_id": f"{self.number:04d}-{self.now:%d%H%M}",
            "currency": "EUR",
            "total": total,
        }
        yield self.event("track", "/checkout", event="Checkout Started", properties=order)
        paid = {**order, "products": self.cart}
        yield self.event("track", "/checkout/done", event="Order Completed", properties=paid)
        self.cart = []

    def traits(self):
        address = (
            f"{self.first}.{self.last}.{self.number}".lower().encode("ascii", "ignore").decode()
        )
        return {
            "firstName": self.first,
            "lastName": self.last,
            "email": f"{address.replace(chr(39), '')}@mail.example",
            "address": {"city": self.city},
            "createdAt": self.now.date().isoformat(),
        }


def events():
    """All events, by time, with the three that are to be refused in their lines."""
    dice = random.Random(20260309)  # always the same shop
    made = []
    for number in range(140):
        visitor = Visitor(number, dice)
        made += visitor.visit()
    assert len(made) >= EVENTS
    made = sorted(made, key=lambda event: event["timestamp"])[:EVENTS]
    for line in BAD_TOTALS:
        swap(made, line, lambda event: event.get("event") == "Order Completed")
        made[line - 1]["properties"]["total"] *= -1
    swap(made, BAD_EMAIL, lambda event: event["type"] == "identify")
    made[BAD_EMAIL - 1]["traits"]["email"] = "to follow"
    return made


def swap(made, line, wanted):
    """Bring the next event of some kind to *line*."""
    found = next(i for i in range(line - 1, len(made)) if wanted(made[i]))
    made[line - 1], made[found] = made[found], made[line - 1]


def packed():
    """The file's bytes: no name and no time in it, so that they depend on the events only."""
    text = "".join(
        json.dumps(e, ensure_ascii=False, separators=(",", ":")) + "\n" for e in events()
    )
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0, compresslevel=9) as file:
        file.write(text.encode())
    return out.getvalue()


if __name__ == "__main__":
    PLACE.write_bytes(packed())
