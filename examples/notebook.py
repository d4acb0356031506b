# %% [markdown]
# # Customers at a glance
#
# Cells for Jupyter, VS Code or PyCharm; or a script. Credentials come from SEQUENCE_CLIENT_ID and
# SEQUENCE_CLIENT_SECRET, and SEQUENCE_ENVIRONMENT says which Sequence is asked.

# %%
from collections import Counter

from sequence_customers_client import NotFoundError, SequenceClient, SequenceError

sequence = SequenceClient()
aliases = ["acme", "globex", "initech"]

# %%
customers, unknown, failed = [], [], {}
for alias in aliases:
    try:
        customers.append(sequence.customers.get_by_alias(alias))
    except NotFoundError:
        unknown.append(alias)
    except SequenceError as error:
        failed[alias] = error

# %%
for customer in customers:
    print(f"{customer.legal_name:30} {customer.address.country}  {customer.created_at:%Y-%m-%d}  {customer.tax_status}")
print(f"unknown: {', '.join(unknown) or '-'}")
print(f"failed:  {failed or '-'}")

# %%
services = Counter(link.service for customer in customers for link in customer.integration_ids)
print(*(f"{service}: {count}" for service, count in services.most_common()), sep="\n")

# %% As a table: pandas.DataFrame(rows), polars.DataFrame(rows)
rows = [customer.to_dict() for customer in customers]
