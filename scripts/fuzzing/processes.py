"""Fuzzers in processes of their own, which may die or hang without taking the run along."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout  # another class before Python 3.11
from concurrent.futures.process import BrokenProcessPool

from scripts.fuzzing.fuzzers import fuzzers

_SECONDS_A_SEED = 120
_BATCH = 20


def fuzz(name: str, first: int, seconds: float) -> tuple[int, list[tuple[int, str]]]:
    """How many seeds were tried in that time, and what was wrong with which."""
    end = time.monotonic() + seconds
    faults: list[tuple[int, str]] = []
    seed = first
    while time.monotonic() < end:
        batch = range(seed, seed + _BATCH)
        try:
            faults += _in_a_process(name, batch)
        except (BrokenProcessPool, FutureTimeout):
            # The process died of one of them: each alone tells of which.
            faults += [fault for one in batch for fault in _alone(name, one)]
        seed += _BATCH
    return seed - first, faults


def _alone(name: str, seed: int) -> list[tuple[int, str]]:
    try:
        return _in_a_process(name, range(seed, seed + 1))
    except (BrokenProcessPool, FutureTimeout) as error:
        return [(seed, f"{type(error).__name__}: the process died or did not end")]


def _in_a_process(name: str, seeds: range) -> list[tuple[int, str]]:
    # A pool a batch: a process that was given up may still be busy.
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("forkserver"))
    future: Future[list[tuple[int, str]]] = pool.submit(_faults, name, seeds)
    try:
        return future.result(timeout=_SECONDS_A_SEED * len(seeds))
    finally:
        for process in multiprocessing.active_children():
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)


def _faults(name: str, seeds: range) -> list[tuple[int, str]]:
    fuzzer = fuzzers()[name]
    found: list[tuple[int, str]] = []
    for seed in seeds:
        try:
            fuzzer(seed)
        except Exception as error:  # noqa: BLE001  (whatever it is, it must not be)
            found.append((seed, f"{type(error).__name__}: {str(error)[:500]}"))
    return found
