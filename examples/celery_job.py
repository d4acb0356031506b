"""A Celery task: what Sequence cannot answer now, the queue asks again, when Sequence says, or ever later.

celery --app celery_job worker
"""

import os
from functools import cache
from typing import Any

from celery import Celery

from sequence_customers_client import (
    APIConnectionError,
    InternalServerError,
    NotFoundError,
    RateLimitError,
    SequenceClient,
)

app = Celery("invoices", broker=os.environ.get("CELERY_BROKER_URL", "memory://"))


@cache
def get_sequence() -> SequenceClient:
    # Made in the worker, when it is first needed; the queue is patient, so one retry of the client's is enough.
    return SequenceClient(max_retries=1)


@app.task(bind=True, max_retries=5)
def find_billing_emails(task: Any, alias: str) -> list[str]:
    try:
        return get_sequence().customers.get_by_alias(alias).billing_emails
    except NotFoundError:
        return []
    except (APIConnectionError, InternalServerError, RateLimitError) as error:
        wait = getattr(error, "retry_after", None) or 10 * 2**task.request.retries
        raise task.retry(exc=error, countdown=wait) from error
