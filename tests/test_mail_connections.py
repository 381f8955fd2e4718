"""Mail that goes through a connection which is named where it is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import SHOP, codes_in, write_project

HANDLER = """\
    from django.core.mail import EmailMessage, get_connection, send_mail

    MEMORY = "django.core.mail.backends.locmem.EmailBackend"
    SERVER = "django.core.mail.backends.smtp.EmailBackend"


    async def view(request):
        message = EmailMessage("a", "b", "c@example.com", ["d@example.com"], connection={connection})
        {what}
    """


@pytest.mark.parametrize(
    ("connection", "what", "expected"),
    [
        ("get_connection(MEMORY)", "message.send()", []),
        ("get_connection(backend=MEMORY)", "message.send()", []),
        ("get_connection(SERVER)", "message.send()", ["DJA206"]),
        ("get_connection()", "message.send()", ["DJA206"]),
        ("None", "message.send()", ["DJA206"]),
        ("request.connection", "message.send()", []),
        ("None", "get_connection(MEMORY).send_messages([message])", []),
        ("None", "get_connection(fail_silently=True).send_messages([message])", ["DJA206"]),
        ("None", "send_mail('a', 'b', 'c', ['d'], connection=get_connection(MEMORY))", []),
        ("None", "send_mail('a', 'b', 'c', ['d'], connection=get_connection())", ["DJA206"]),
    ],
)
def test_where_mail_goes(tmp_path: Path, connection: str, what: str, expected: list[str]) -> None:
    handler = HANDLER.replace("{connection}", connection).replace("{what}", what)
    found = codes_in(write_project(tmp_path, {**SHOP, "shop/handlers.py": handler}))
    assert [code for code in found if code.startswith(("DJA1", "DJA2"))] == expected
