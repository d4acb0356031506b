"""A FastAPI service: one client for as long as it runs, and Sequence's errors told to its own callers.

SEQUENCE_CLIENT_ID=… SEQUENCE_CLIENT_SECRET=… uvicorn fastapi_service:app --app-dir examples
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from sequence_customers_client import APITimeoutError, AsyncSequenceClient, NotFoundError, RateLimitError, SequenceError


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
    async with AsyncSequenceClient(timeout=2, deadline=5) as client:
        yield {"sequence": client}


def get_sequence(request: Request) -> AsyncSequenceClient:
    client: AsyncSequenceClient = request.state.sequence
    return client


class Card(BaseModel):
    name: str
    country: str
    since: datetime


app = FastAPI(lifespan=lifespan)


@app.get("/cards/{alias}")
async def read_card(alias: str, sequence: Annotated[AsyncSequenceClient, Depends(get_sequence)]) -> Card:
    customer = await sequence.customers.get_by_alias(alias)
    return Card(name=customer.legal_name, country=customer.address.country, since=customer.created_at)


@app.exception_handler(SequenceError)
async def answer_error(_: Request, error: SequenceError) -> JSONResponse:
    match error:
        case NotFoundError():
            return JSONResponse({"detail": "There is no such customer"}, 404)
        case RateLimitError():
            return JSONResponse({"detail": "Try again later"}, 503, {"Retry-After": f"{error.retry_after or 1:.0f}"})
        case APITimeoutError():
            return JSONResponse({"detail": "Sequence takes too long"}, 504)
    return JSONResponse({"detail": "Sequence cannot be asked"}, 502)
