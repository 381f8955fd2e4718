"""Trees of any size: a Django project whose modules are mostly synchronous, as real ones are.

Of every twenty modules one holds coroutines; each of them calls synchronous helpers of another module, which
call helpers of a third. So what coroutines reach grows with the tree, and by the same share.
"""

from __future__ import annotations

from pathlib import Path

SHARE = 20
"""One module in so many holds coroutines."""
_FUNCTIONS = 24
_MODULES_A_PACKAGE = 40

_SYNC_FUNCTION = '''\
def total_{n}(items, limit={n}):
    """The total of the items up to a limit."""
    total = 0
    for item in items:
        if item.price is None or item.price > limit:
            continue
        total += item.price * item.count
    names = {{item.name: index for index, item in enumerate(items)}}
    return {{"total": total, "names": sorted(names), "limit": limit}}


'''
_ASYNC_FUNCTION = '''\
async def report_{n}(request, pk):
    """The report of one order."""
    order = await Order.objects.select_related("customer").aget(pk=pk)
    lines = [line async for line in order.line_set.all()]
    found = total_{n}(lines)
    if order.customer.name:
        found["customer"] = order.customer.name
    await order.asave()
    return JsonResponse(found)


'''
_MODELS = '''\
"""The models of the project."""

from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=100)


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    price = models.IntegerField()
    count = models.IntegerField()
'''


def write_tree(folder: Path, lines: int, *, share: int = SHARE) -> Path:
    """A project of about so many lines; one module in `share` is asynchronous, none where it is 0."""
    if folder.is_dir():
        return folder
    partial = folder.with_name(f"{folder.name}.partial")
    _write(partial / "manage.py", '"""Marks the root of the project."""\n')
    _write(partial / "shop/__init__.py", "")
    _write(partial / "shop/models.py", _MODELS)
    written, number = 0, 0
    while written < lines:
        package = f"part_{number // _MODULES_A_PACKAGE}"
        is_async = share > 0 and number % share == share - 1
        source = _async_module(package, number) if is_async else _sync_module(package, number)
        _write(partial / f"shop/{package}/__init__.py", "")
        _write(partial / f"shop/{package}/module_{number}.py", source)
        written += source.count("\n")
        number += 1
    partial.rename(folder)
    return folder


def _write(path: Path, source: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")


def _sync_module(package: str, number: int) -> str:
    before = number - 1
    imports = (
        f"from shop.{package}.module_{before} import total_0 as base\n"
        if number % _MODULES_A_PACKAGE and before % SHARE != SHARE - 1
        else "from shop.models import Line as base\n"
    )
    head = f'"""Module {number}."""\n\n{imports}\n\n'
    functions = "".join(_SYNC_FUNCTION.format(n=n) for n in range(_FUNCTIONS))
    return f"{head}{functions}BASE = base\n"


def _async_module(package: str, number: int) -> str:
    names = ", ".join(f"total_{n}" for n in range(_FUNCTIONS))
    head = (
        f'"""Module {number}."""\n\nfrom django.http import JsonResponse\n\nfrom shop.models import Order\n'
        f"from shop.{package}.module_{number - 1} import {names}\n\n\n"
    )
    return head + "".join(_ASYNC_FUNCTION.format(n=n) for n in range(_FUNCTIONS)).rstrip() + "\n"
