"""What books cost: synchronous helpers, some of which query or wait for another service."""

from __future__ import annotations

from decimal import Decimal

import requests

from shop.models import Book

VAT = Decimal("0.07")


def with_vat(price: Decimal) -> Decimal:
    """The price with value added tax; computes and waits for nothing."""
    return price * (1 + VAT)


def lowest_price() -> Decimal:
    """The price of the cheapest book; makes a query."""
    return Book.objects.order_by("price").values_list("price", flat=True)[0]


def lowest_price_with_vat() -> Decimal:
    """The price of the cheapest book with tax; makes a query one call deeper."""
    return with_vat(lowest_price())


def exchange_rate(currency: str) -> Decimal:
    """What a euro costs in another currency; waits for another service."""
    answer = requests.get(f"https://rates.example.org/{currency}", timeout=5)
    return Decimal(answer.text)


def price_in(currency: str, price: Decimal) -> Decimal:
    """The price in another currency; waits for another service one call deeper."""
    return price * exchange_rate(currency)
