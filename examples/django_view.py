"""A Django view: one client a process, made when it is first needed, and closed by nobody before the process ends.

urlpatterns = [path("customers/<path:alias>", django_view.show_customer)]
"""

from functools import cache

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_GET

from sequence_customers_client import NotFoundError, SequenceClient, SequenceError


@cache
def get_sequence() -> SequenceClient:
    # Threads share it, and a forked worker opens connections of its own.
    return SequenceClient(timeout=2, deadline=5)


@require_GET
def show_customer(_: HttpRequest, alias: str) -> HttpResponse:
    try:
        customer = get_sequence().customers.get_by_alias(alias)
    except NotFoundError:
        raise Http404("There is no such customer") from None
    except SequenceError:
        return JsonResponse({"detail": "Sequence cannot be asked"}, status=502)
    return JsonResponse(
        {"name": customer.legal_name, "country": customer.address.country, "archived": customer.archived_at is not None}
    )


urlpatterns = [path("customers/<path:alias>", show_customer)]
