"""Output that a client streams: the loop over it waits for each line, wherever the stream was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import SHOP, report_on, write_project

HANDLER = """\
    import asyncio

    import docker


    async def follow(request, socket):
        client = docker.from_env()
        container = client.containers.get("worker")
        {what}
            await socket.send(line)
    """


@pytest.mark.parametrize(
    ("what", "reported"),
    [
        (
            "for line in container.attach(stream=True):",
            ["container.attach", "iterating over container.attach(…)"],
        ),
        ("for line in container.logs(stream=True):", ["container.logs", "iterating over container.logs(…)"]),
        ("for line in container.logs().splitlines():", ["container.logs"]),
        (
            "for line in await asyncio.to_thread(container.logs, stream=True):",
            ["iterating over (await …)"],
        ),
    ],
)
def test_a_loop_over_a_stream(tmp_path: Path, what: str, reported: list[str]) -> None:
    files = {**SHOP, "shop/handlers.py": HANDLER.replace("{what}", what)}
    findings = report_on(write_project(tmp_path, files)).findings
    messages = [finding.message for finding in findings if finding.code == "DJA205"]
    assert [message.split("`")[1] for message in messages][2:] == reported
