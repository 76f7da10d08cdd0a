"""How long something takes, and how much of the processors."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from processes import below

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, and of processors in all processes that this one has started, those that they have started, and so on."""

    wall: float
    processor: float

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.wall + other.wall, self.processor + other.processor)

    def __str__(self) -> str:
        return f"{self.wall:.1f} s ({self.processor:.1f} s of processor)"


def spent(work: Callable[[], object]) -> tuple[Spent, object]:
    """What some work took, and what it gave."""
    begun, before = time.monotonic(), _processor()
    result = work()
    return Spent(time.monotonic() - begun, _processor() - before), result


def _processor() -> float:
    """
    A process that was waited for is in what its parent counts. One that was killed together with its parent is lost, and so is a Python worker that Spark ends
    after a minute without work, as its parent does not wait for it: behind these a difference tells too little, or is negative.
    """
    return sum(sum(map(int, fields[11:15])) for fields in below(os.getpid()).values()) / _TICKS
