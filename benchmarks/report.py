"""What a run found."""

from __future__ import annotations

from dataclasses import dataclass, field

from .figures import Rounds


@dataclass
class Report:
    """All figures of a run; the tables, the goals and the plot are made from it."""

    calls: dict[int, Rounds] = field(default_factory=dict)
    """By the number of calls in flight."""

    sync: Rounds = field(default_factory=dict)
    starts: Rounds = field(default_factory=dict)
    decoders: Rounds = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    """Who could not take part, and why."""

    where: str = ""
    """The machine, the day and the versions."""
