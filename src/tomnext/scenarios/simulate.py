"""Joint paths of many metals in blocks: the same bits for any number of workers, memory bounded by the block.

What is kept is what is reported: eight bytes a path, series and day asked for; :func:`blocks` keeps one block.

Block b of seed s draws from its own stream, keyed by (s, b); who computes it does not matter. The normals-free walk
draws one shared day of the past and one uniform a metal for every day; paths hold the opinions of volatility in turn.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from tomnext.scenarios.calibrate import Market
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

BLOCK_PATHS = 600
"""A multiple of the opinions of volatility, so that each has the same number of paths."""
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Simulation:
    """Simulated futures at the days asked for.

    ``values``: (n_paths, n_days, n_series), convention 7, in each series' unit; ``regime``: (n_paths, n_days,
    n_metals) 0 calm, 1 squeeze; ``touched``: (n_paths, n_metals) whether there was a squeeze on any day up to the
    horizon; ``days``: trading days from the last observed day.
    """

    series: tuple[str, ...]
    metals: tuple[str, ...]
    days: tuple[int, ...]
    values: NDArray[np.float64]
    regime: NDArray[np.int8]
    touched: NDArray[np.int8]

    @cached_property
    def hash(self) -> str:
        """A digest of every value and regime: equal runs have equal digests."""
        digest = sha256()
        for part in (self.values, self.regime, self.touched):
            digest.update(np.ascontiguousarray(part).data)
        return digest.hexdigest()[:16]

    def squeeze_frequency(self) -> dict[str, float]:
        """Share of paths (0–1) on which a metal was in a squeeze on any day up to the horizon."""
        return {metal: float(self.touched[:, k].mean()) for k, metal in enumerate(self.metals)}


def block_stream(seed: int, block: int) -> np.random.Generator:
    """The random stream of one block, independent of every other (seed and block number are its key; no unit)."""
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(block,))))


def simulate(
    market: Market,
    n_paths: int,
    report_days: Sequence[int],
    seed: int,
    workers: int = 1,
    progress: Progress | None = None,
) -> Simulation:
    """Walk ``n_paths`` futures to the last of ``report_days`` (rising trading days, 1 = the next).

    The three-month price has no drift in its logarithm: no view is taken. Raises InputRejected for a horizon or a
    number of paths below one.
    """
    days = _checked(n_paths, report_days)
    jobs = [(start, min(BLOCK_PATHS, n_paths - start)) for start in range(0, n_paths, BLOCK_PATHS)]
    whole = _Room(market, n_paths, days)

    def run(job: tuple[int, int]) -> None:
        _block(market, days, seed, job[0], job[1], whole)

    with ThreadPoolExecutor(max_workers=workers) if workers > 1 else nullcontext() as pool:
        done = map(run, jobs) if pool is None else pool.map(run, jobs)
        for finished, _ in enumerate(done, start=1):
            if progress is not None:
                progress(finished / len(jobs))
    return Simulation(
        market.series, market.names, tuple(int(day) for day in days), whole.values, whole.regime, whole.touched
    )


def blocks(market: Market, n_paths: int, report_days: Sequence[int], seed: int) -> Iterator[Simulation]:
    """The same futures a block at a time, for more paths or days (trading days) than memory holds."""
    days = _checked(n_paths, report_days)
    for start in range(0, n_paths, BLOCK_PATHS):
        size = min(BLOCK_PATHS, n_paths - start)
        room = _Room(market, size, days)
        _block(market, days, seed, start, size, room, at=0)
        yield Simulation(
            market.series, market.names, tuple(int(d) for d in days), room.values, room.regime, room.touched
        )


class _Room:
    """Where blocks write their paths."""

    def __init__(self, market: Market, n_paths: int, days: NDArray[np.int64]) -> None:
        self.values = np.empty((n_paths, days.size, len(market.series)))
        self.regime = np.zeros((n_paths, days.size, len(market.names)), dtype=np.int8)
        self.touched = np.zeros((n_paths, len(market.names)), dtype=np.int8)


def _checked(n_paths: int, report_days: Sequence[int]) -> NDArray[np.int64]:
    days = np.asarray(report_days, dtype=np.int64)
    if n_paths < 1 or days.size == 0 or days[0] < 1 or (np.diff(days) <= 0).any():
        raise InputRejected(
            Text("Paths and days must be at least one, and days must rise.", "路徑數與天數至少為 1，且天數須遞增。"),
            received=f"{n_paths} paths, days {list(report_days)}",
        )
    return days


def _block(
    market: Market, days: NDArray[np.int64], seed: int, start: int, size: int, room: _Room, at: int | None = None
) -> None:
    from tomnext.scenarios.walk import walk_block

    rng, horizon, metals = block_stream(seed, start // BLOCK_PATHS), int(days[-1]), len(market.names)
    drawn = rng.integers(0, market.innovations.shape[0], (horizon, size), dtype=np.uint16)
    uniforms = rng.random((horizon + 1, metals, size), dtype=np.float32)
    moved = np.empty((size, days.size, metals, 2))
    rows = slice(start if at is None else at, (start if at is None else at) + size)
    walk_block(
        (market.opening, market.pulls, market.innovations, market.jumps, market.jump_rate, market.offset,
         market.width),
        (market.has_tightness, market.n_jumps),
        market.dynamics, drawn, uniforms, np.append(days, -1), moved, room.regime[rows], room.touched[rows],
    )  # fmt: skip
    column = 0
    for k in range(metals):
        level = market.level[k] * np.exp(moved[:, :, k, 0])
        if market.has_tightness[k]:
            cash = level * np.exp(moved[:, :, k, 1])
            room.values[rows, :, column], room.values[rows, :, column + 1] = cash, cash - level
            column += 2
        else:
            room.values[rows, :, column] = level
            column += 1
