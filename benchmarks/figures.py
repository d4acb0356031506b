"""Figures of rounds, and what they come to.

Contestants take turns in every round, and what counts is the median over the rounds of the ratio to the base *of the
same round*: when the machine is slow for a while, it is slow for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from statistics import median, quantiles

Figures = Mapping[str, float]
"""Of one contestant in one round, by name."""

Rounds = Mapping[str, Sequence[Figures]]
"""By contestant, round after round."""


def turns(names: Sequence[str], number: int) -> list[str]:
    """The order of a round: shuffled, and the same in every run, so that none always follows the same one.

    Whoever comes after a contestant that fills the processor's caches pays for it.
    """
    return Random(number).sample(names, len(names))  # noqa: S311 - no secret


def call_figures(cpu: float, wall: float, latencies: Sequence[float]) -> Figures:
    """What a call cost in one round, in seconds, from what all calls of the round took."""
    cuts = quantiles(latencies, n=100, method="inclusive")
    return {"cpu": cpu / len(latencies), "wall": wall / len(latencies), "p50": cuts[49], "p99": cuts[98]}


def middle(rounds: Rounds, name: str, figure: str) -> float:
    """The median of a figure."""
    return median(each[figure] for each in rounds[name])


def ratio(rounds: Rounds, name: str, figure: str, base: str) -> float:
    """The median of the ratios to the base, round by round."""
    pairs = zip(rounds[name], rounds[base], strict=True)
    return median(each[figure] / of_base[figure] for each, of_base in pairs)


def excess(rounds: Rounds, name: str, figure: str, base: str) -> float:
    """The median of the differences from the base, round by round."""
    pairs = zip(rounds[name], rounds[base], strict=True)
    return median(each[figure] - of_base[figure] for each, of_base in pairs)
