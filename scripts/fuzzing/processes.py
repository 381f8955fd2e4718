"""Fuzzers in processes of their own, which may die or hang without taking the run along."""

from __future__ import annotations

import multiprocessing
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout  # another class before Python 3.11
from concurrent.futures.process import BrokenProcessPool

from scripts.fuzzing.fuzzers import EXAMPLES, fuzzers

_EXAMPLES_A_PROCESS = 200
_SECONDS_A_PROCESS = 900
_SECONDS_A_SEED = 120


def fuzz(name: str, first: int, seconds: float) -> tuple[int, list[tuple[int, str]]]:
    """How many seeds were tried in that time, and what was wrong with which, which stderr tells at once."""
    seeds = _EXAMPLES_A_PROCESS // EXAMPLES.get(name, 1)
    end = time.monotonic() + seconds
    faults: list[tuple[int, str]] = []
    seed = first
    while time.monotonic() < end:
        batch = range(seed, seed + seeds)
        try:
            found = _in_a_process(name, batch, _SECONDS_A_PROCESS)
        except (BrokenProcessPool, FutureTimeout):
            # The process died of one of them: each alone tells of which.
            found = [fault for one in batch for fault in _alone(name, one)]
        for at, fault in found:
            print(f"{name}, seed {at}: {fault}", file=sys.stderr, flush=True)
        faults += found
        seed += seeds
    return seed - first, faults


def _alone(name: str, seed: int) -> list[tuple[int, str]]:
    try:
        return _in_a_process(name, range(seed, seed + 1), _SECONDS_A_SEED)
    except (BrokenProcessPool, FutureTimeout) as error:
        return [(seed, f"{type(error).__name__}: the process died or did not end")]


def _in_a_process(name: str, seeds: range, seconds: float) -> list[tuple[int, str]]:
    # A pool a batch: a process that was given up may still be busy.
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("forkserver"))
    future: Future[list[tuple[int, str]]] = pool.submit(_faults, name, seeds)
    try:
        return future.result(timeout=seconds)
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
