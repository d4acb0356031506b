"""What a run found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .rounds import Rounds


@dataclass
class Report:
    """All figures of a run; the tables, the goals and the plot are made from it."""

    calls: dict[int, Rounds] = field(default_factory=dict)
    """By the number of calls in flight."""

    sync: dict[int, Rounds] = field(default_factory=dict)
    """By the number of threads."""

    decoders: Rounds = field(default_factory=dict)
    starts: Rounds = field(default_factory=dict)
    imports: Mapping[str, float] = field(default_factory=dict)
    """By package, the milliseconds of what we import and the base does not."""

    absent: dict[str, str] = field(default_factory=dict)
    """Who could not take part, and why."""

    where: str = ""
    """The machine, the day and the versions."""
