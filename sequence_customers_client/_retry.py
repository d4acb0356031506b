"""Retries: what is worth another attempt, and how long to wait for it. Pure functions; nothing here sleeps."""

import math
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

BACKOFF_FIRST: Final = 0.5
BACKOFF_MOST: Final = 8.0
RETRY_AFTER_MOST: Final = 60.0
"""Seconds. A server that asks for more is not waited for: the caller hears of it at once."""


def is_retryable_status(status_code: int) -> bool:
    """Whether the same request may well succeed a little later: 408, 429 and every 5xx."""
    return status_code in {408, 429} or 500 <= status_code <= 599


def parse_retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that the server asks to wait, by `retry-after-ms` or `Retry-After` (RFC 9110, section 10.2.3)."""
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        # Only digits and one point: float() also reads nan, inf, 1e9, 1_000 and digits of other scripts.
        if text.isascii() and text.replace(".", "", 1).isdigit():
            seconds = float(text) / scale
            return seconds if math.isfinite(seconds) else None
    moment = _http_date(headers.get("retry-after", ""))
    if moment is None:
        return None
    # The server's clock and ours may differ: what counts is how long after its own time the date is.
    present = _http_date(headers.get("date", "")) or now or datetime.now(UTC)
    return max(0.0, (moment - present).total_seconds())


def _http_date(text: str) -> datetime | None:
    leap = ":60 " in text  # a second that datetime does not have, and clocks do (RFC 9110, section 5.6.7)
    try:
        moment = parsedate_to_datetime(text.replace(":60 ", ":59 "))
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment) + timedelta(seconds=leap)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def backoff(attempt: int, fraction: float | None = None) -> float:
    """Full jitter: anything from nothing to a ceiling that starts at 0.5 s and doubles up to 8 s."""
    # https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    ceiling = min(BACKOFF_MOST, BACKOFF_FIRST * 2.0 ** min(attempt - 1, 10))
    return ceiling * (random.random() if fraction is None else fraction)  # noqa: S311 - spreads load, hides nothing


def next_wait(*, attempt: int, max_retries: int, remaining: float, retry_after: float | None) -> float | str:
    """Seconds to wait after an attempt that may well succeed later; or why there is to be no other, in words."""
    if attempt > max_retries:
        return "no retries left" if max_retries else ""
    if retry_after is not None and retry_after > RETRY_AFTER_MOST:
        return f"the server asks to wait {retry_after:.0f} s, and a call waits at most {RETRY_AFTER_MOST:.0f} s"
    # A server that says 0, or a time that is past, would have everybody at once.
    wait = max(backoff(attempt), retry_after or 0.0)
    if wait >= remaining:
        return f"the next attempt would start after the deadline, which is {max(0.0, remaining):.1f} s from now"
    return wait
