"""Concurrent requests for a while, and what they and the server took."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass, field

import aiohttp
import psutil

from benchmarks.verdicts.legs import Leg


@dataclass(slots=True)
class _Answers:
    times: list[float] = field(default_factory=list)
    first_bytes: list[float] = field(default_factory=list)
    failures: int = 0


class Server:
    """A running server: its address, and its processes with the threads that they have when idle."""

    def __init__(self, address: str, pid: int) -> None:
        self.address = address
        self._main = psutil.Process(pid)
        self._idle_threads = self._all_threads()

    def held_threads(self) -> int:
        """The threads of the server and its workers beyond those that it has when idle."""
        return max(self._all_threads() - self._idle_threads, 0)

    def cpu(self) -> float:
        """The seconds of processor time that the server and its workers have taken."""
        return sum(sum(process.cpu_times()[:2]) for process in self._processes())

    def _all_threads(self) -> int:
        return sum(process.num_threads() for process in self._processes())

    def _processes(self) -> list[psutil.Process]:
        return [self._main, *self._main.children(recursive=True)]


def measure(server: Server, route: str, concurrency: int, seconds: float) -> Leg:
    """What `concurrency` clients meet that each send their next request when the last one is answered."""
    return asyncio.run(_measure(server, route, concurrency, seconds))


async def _measure(server: Server, route: str, concurrency: int, seconds: float) -> Leg:
    answers = _Answers()
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        watching = asyncio.create_task(_most_threads(server))
        before, start = server.cpu(), time.perf_counter()
        clients = (
            _client(session, server.address + route, start + seconds, answers) for _ in range(concurrency)
        )
        await asyncio.gather(*clients)
        elapsed, cpu = time.perf_counter() - start, server.cpu() - before
        watching.cancel()
        most = await watching
    answered = len(answers.times)
    return Leg(
        throughput=(answered - answers.failures) / elapsed,
        p50=statistics.median(answers.times),
        p95=sorted(answers.times)[int(answered * 0.95)],
        first_byte=statistics.median(answers.first_bytes),
        cpu=cpu / answered,
        threads=most,
        failed=answers.failures / answered,
    )


async def _client(session: aiohttp.ClientSession, url: str, until: float, answers: _Answers) -> None:
    while (sent := time.perf_counter()) < until:
        async with session.get(url) as response:
            await response.content.readany()
            answers.first_bytes.append(time.perf_counter() - sent)
            await response.read()
        answers.times.append(time.perf_counter() - sent)
        answers.failures += response.status != 200


async def _most_threads(server: Server) -> int:
    """The most threads that the server held, looked at twenty times a second until cancelled."""
    most = 0
    try:
        while True:
            most = max(most, server.held_threads())
            await asyncio.sleep(0.05)
    except asyncio.CancelledError:
        return most
