"""A Sequence for tests and demos: one fake of the documented API, and three ways to reach it.

It answers from the document that the client was generated from, and checks what the real one checks: credentials,
version, path, parameters and body. Importing the client does not import this.

Example:
    fake = FakeSequence()
    fake.customers.add(aliases=["acme"], legal_name="Acme Ltd")
    sequence = SequenceClient(client_id="id", client_secret="secret", transport=fake.transport())
    assert sequence.customers.get_by_alias("acme").legal_name == "Acme Ltd"
    assert fake.requests[0].arguments == {"alias": "acme"}
"""

from ._fake import FakeCustomers, FakeSequence, example_customer
from ._messages import ReceivedRequest, Reply
from ._server import SequenceServer

__all__ = ["FakeCustomers", "FakeSequence", "ReceivedRequest", "Reply", "SequenceServer", "example_customer"]

for _public in (FakeCustomers, FakeSequence, ReceivedRequest, Reply, SequenceServer, example_customer):
    _public.__module__ = __name__  # where users import them from
