"""Routes of the sample project."""

from django.urls import path
from shop import views

urlpatterns = [path("books/", views.book_list, name="book-list")]
