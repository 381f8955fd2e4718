"""A view of the sample project."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from shop.models import Book


async def book_list(request: HttpRequest) -> HttpResponse:
    """All books; Django renders the response in a thread."""
    books = Book.objects.in_print()
    return TemplateResponse(request, "books.html", {"books": books})
