"""What the document shows as answers, for fakes and tests. Generated: change openapi/, not this file."""

from typing import Any, Final

EXAMPLES: Final[dict[str, Any]] = {
    "customers.get_by_alias": {
        "id": "e309e948-088e-4d77-b654-cd85498f1555",
        "createdAt": "2022-06-28T16:47:00Z",
        "legalName": "John Doe",
        "contactName": "John Doe",
        "address": {
            "line1": "Flat 1",
            "line2": "123 Fake Street",
            "town": "New York",
            "state": "NY",
            "postcode": "AB1 2EF",
            "country": "US",
        },
        "email": "john@example.com",
        "telephone": "02010001000",
        "url": "https://example.com/",
        "label": "Example customer",
        "integrationIds": [
            {"service": "Xero", "id": "ID", "lastSynced": "2022-06-28T16:47:00Z", "isPending": False},
            {"service": "Stripe", "id": "cus_OCtCxqQDgu1uX9", "lastSynced": "2022-06-28T16:47:00Z", "isPending": False},
        ],
        "archivedAt": "2022-06-28T16:47:00Z",
        "billingEmails": ["exampleCorpInvoices@example.com"],
        "taxStatus": "TAXED",
    }
}
"""By operation, as its JSON value."""
