"""Slow work is done inside a request, where a task queue should do it.

## What it does

Reports what a view, an operation, a resolver or a middleware does that takes long whichever thread does it:
mail, PDF files and spreadsheets, images, text recognition, video, bulk imports, models. Synchronous entry
points are asked as well, and helpers are followed. Each kind of work is reported once for each entry point,
at its first place. The message names the task queue that the project has. This rule is advice and off unless
it is selected, as only the data tells how long such a call takes.

## Why it matters

Who asks for the page waits for the work, and asks again when it takes too long; a deployment in the middle
loses it. A thread hop keeps the event loop free, but the request is as slow as before. In a task queue the
work can be repeated, spread over other machines, and survives a restart.

## Example

```python
from asgiref.sync import sync_to_async
from django.core.mail import send_mail
from django.http import HttpResponse


async def order(request):
    await sync_to_async(send_mail)("Thank you", "It is on its way.", None, ["reader@example.org"])  # DJA601
    return HttpResponse("ordered")
```

## Use instead

```python
from celery import shared_task
from django.core.mail import send_mail
from django.http import HttpResponse


@shared_task
def send_thanks(address):
    send_mail("Thank you", "It is on its way.", None, [address])


async def order(request):
    send_thanks.delay("reader@example.org")
    return HttpResponse("ordered")
```

## What stays silent

What a task does, what a setting makes harmless, and functions that no framework runs for a request:

```python
from celery import shared_task
from django.core.mail import EmailMessage, send_mail
from django.http import HttpResponse


@shared_task
def send_report():
    send_mail("Report", "All is well.", None, ["shop@example.org"])


def notify():
    send_mail("Report", "All is well.", None, ["shop@example.org"])


async def preview(request):
    message = EmailMessage("New order", "One book.", to=["shop@example.org"])
    send_report.delay()
    return HttpResponse(message.subject)
```

## Sources

- Django documentation: "Django's Tasks framework" (6.0), "Sending email".
- The first examples of the queues' own guides: Celery, django-rq, Dramatiq, Huey.
"""

from collections.abc import Iterator

from async_audit.effects.slow_work import SlowWork, slow_work
from async_audit.findings import Finding, Severity
from async_audit.project.entry_points import REQUESTS
from async_audit.rulebook import FunctionAudit, Rule, steps_of


def _check(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
    if audit.served_kind not in REQUESTS:
        return
    for work in slow_work(audit.effects):
        yield rule.finding(
            audit,
            audit.location(work.effect.site),
            f"{_fact(work)}; {_remedy(audit)}",
            chain=steps_of(audit.program, work.effect),
        )


def _fact(work: SlowWork) -> str:
    """What is done, through whom, and where else."""
    callee = work.effect.via or work.effect.subject
    reached = ""
    if work.effect.witness:
        steps = " → ".join(dict.fromkeys(link.function for link in work.effect.witness))
        reached = f": {work.effect.witness[-1].note} (in {steps})"
    more = f", here and at {work.sites - 1} more" if work.sites > 1 else ""
    return f"the request waits for {work.what} in {callee}{reached}{more}"


def _remedy(audit: FunctionAudit) -> str:
    queue = audit.program.task_queue
    if queue is not None:
        return f"hand it to {queue.name}, which the project has ({queue.path}:{queue.line})"
    if audit.program.django >= (6, 0):
        return "hand it to a task queue: `django.tasks` with a backend that has workers"
    return "hand it to a task queue"


RULE = Rule(
    code="DJA601",
    slug="belongs-in-background",
    severity=Severity.INFO,
    check=_check,
    default=False,
    synchronous=True,
)
