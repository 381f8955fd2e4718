"""Asynchronous handlers of generic views: the pages, contexts and forms that Django's own hooks make.

Each view was run under Django 5.2: those with a marked line raise there, the others answer.
"""

from __future__ import annotations

from pathlib import Path

from tests.markers import disagreements, read_markers
from tests.projects import SHOP, place, report_on, write_project

MODELS = """\
    from django.db import models


    class Author(models.Model):
        name = models.CharField(max_length=100)


    class Tag(models.Model):
        name = models.CharField(max_length=100)


    class Book(models.Model):
        title = models.CharField(max_length=100)
        author = models.ForeignKey(Author, on_delete=models.CASCADE)
        tags = models.ManyToManyField(Tag)
    """
PAGES = """\
    from asgiref.sync import sync_to_async
    from django import forms
    from django.http import HttpResponse
    from django.shortcuts import render
    from django.views.generic import CreateView, DetailView, ListView, UpdateView

    from shop.models import Book


    class BookForm(forms.ModelForm):
        class Meta:
            model = Book
            fields = ("title", "tags")


    class PlainForm(forms.ModelForm):
        class Meta:
            model = Book
            fields = ("title",)


    class Paged(ListView):
        model = Book
        paginate_by = 2

        async def get(self, request, *a, **k):
            self.object_list = self.get_queryset()
            self.get_context_data()  # expect: DJA106
            return HttpResponse("x")


    class Whole(ListView):
        model = Book

        async def get(self, request, *a, **k):
            self.object_list = self.get_queryset()
            self.get_context_data()
            return HttpResponse("x")


    class PageOfList(ListView):
        model = Book
        paginate_by = 2

        async def get(self, request, *a, **k):
            self.object_list = [b async for b in self.get_queryset()]
            self.get_context_data()
            return HttpResponse("x")


    class PageOfEvaluated(ListView):
        model = Book
        paginate_by = 2

        async def get(self, request, *a, **k):
            self.object_list = self.get_queryset()
            async for b in self.object_list:
                pass
            self.get_context_data()
            return HttpResponse("x")


    class PageOfGiven(ListView):
        model = Book
        paginate_by = 2

        async def get(self, request, *a, **k):
            self.get_context_data(object_list=self.get_queryset())  # expect: DJA106
            return HttpResponse("x")


    class PagedInThread(ListView):
        model = Book
        paginate_by = 2

        async def get(self, request, *a, **k):
            self.object_list = self.get_queryset()
            ctx = await sync_to_async(self.get_context_data)()
            return HttpResponse("x")


    class Drawn(ListView):
        model = Book

        async def get(self, request, *a, **k):
            self.object_list = self.get_queryset()
            return render(request, "books.html", self.get_context_data())  # expect: DJA107


    class DrawnInThread(ListView):
        model = Book

        async def get(self, request, *a, **k):
            self.object_list = self.get_queryset()
            return self.render_to_response(self.get_context_data())

        template_name = "books.html"


    class DrawnFromList(ListView):
        model = Book

        async def get(self, request, *a, **k):
            self.object_list = [b async for b in self.get_queryset()]
            return render(request, "objects.html", self.get_context_data())


    class OwnSize(ListView):
        model = Book
        paginate_by = 2

        def get_paginate_by(self, queryset):
            return None

        async def get(self, request, *a, **k):
            self.object_list = self.get_queryset()
            self.get_context_data()
            return HttpResponse("x")


    class Extended(ListView):
        model = Book
        paginate_by = 2

        def get_context_data(self, **kwargs):
            context = super().get_context_data(**kwargs)
            context["x"] = 1
            return context

        async def get(self, request, *a, **k):
            self.object_list = self.get_queryset()
            self.get_context_data()  # expect: DJA110
            return HttpResponse("x")


    class Detail(DetailView):
        model = Book

        async def get(self, request, pk):
            self.object = await sync_to_async(self.get_object)()
            return render(request, "book.html", self.get_context_data())  # expect: DJA107


    class DetailOfLoaded(DetailView):
        queryset = Book.objects.select_related("author")

        async def get(self, request, pk):
            self.object = await sync_to_async(self.get_object)()
            return render(request, "book.html", self.get_context_data())


    class Named(DetailView):
        model = Book
        context_object_name = "volume"

        async def get(self, request, pk):
            self.object = await sync_to_async(self.get_object)()
            return render(request, "named.html", self.get_context_data(more=1))  # expect: DJA107


    class NamedOtherwise(DetailView):
        model = Book
        context_object_name = "volume"

        async def get(self, request, pk):
            self.object = await sync_to_async(self.get_object)()
            return render(request, "book.html", self.get_context_data())


    class DetailOfOwnQueryset(DetailView):
        model = Book

        def get_queryset(self):
            return super().get_queryset().select_related("author")

        async def get(self, request, pk):
            self.object = await sync_to_async(self.get_object)()
            return render(request, "book.html", self.get_context_data())


    class Returned(DetailView):
        model = Book

        async def get(self, request, pk):
            self.object = await Book.objects.aget(pk=pk)
            return self.render_to_response(self.get_context_data())

        template_name = "book.html"


    class FormByHand(UpdateView):
        model = Book
        form_class = BookForm

        async def get(self, request, pk):
            self.object = await Book.objects.aget(pk=pk)
            self.form_class(**self.get_form_kwargs())  # expect: DJA106
            return HttpResponse("x")

        post = get
        put = get


    class FormByHook(UpdateView):
        model = Book
        form_class = BookForm

        async def get(self, request, pk):
            self.object = await Book.objects.aget(pk=pk)
            self.get_form()  # expect: DJA106
            return HttpResponse("x")

        post = get
        put = get


    class PlainForms(UpdateView):
        model = Book
        form_class = PlainForm

        async def get(self, request, pk):
            self.object = await Book.objects.aget(pk=pk)
            self.get_form()
            self.get_context_data()
            return HttpResponse("x")

        post = get
        put = get


    class FormInContext(UpdateView):
        model = Book
        form_class = BookForm

        async def get(self, request, pk):
            self.object = await Book.objects.aget(pk=pk)
            self.get_context_data()  # expect: DJA106
            return HttpResponse("x")

        post = get
        put = get


    class FormOfLoaded(UpdateView):
        model = Book
        form_class = BookForm

        async def get(self, request, pk):
            self.object = await Book.objects.prefetch_related("tags").aget(pk=pk)
            self.get_context_data()
            return HttpResponse("x")

        post = get
        put = get


    class FormOfNothing(CreateView):
        model = Book
        form_class = BookForm

        async def get(self, request, pk):
            self.object = None
            self.get_context_data()
            return HttpResponse("x")

        post = get
        put = get


    class FormGiven(UpdateView):
        model = Book
        form_class = BookForm

        async def get(self, request, pk):
            self.object = await Book.objects.aget(pk=pk)
            self.get_context_data(form=None)
            return HttpResponse("x")

        post = get
        put = get
    """
API = """\
    from adrf.viewsets import ModelViewSet
    from asgiref.sync import sync_to_async
    from rest_framework.response import Response

    from shop.models import Book


    async def by(book):
        return Response(book.author.name)


    class Books(ModelViewSet):
        def get_queryset(self):
            return Book.objects.select_related("author")

        async def in_thread(self, request, pk):
            return await by(await sync_to_async(self.get_object)())

        async def awaited(self, request, pk):
            return Response((await self.aget_object()).author.name)


    class BareBooks(ModelViewSet):
        queryset = Book.objects.all()

        async def in_thread(self, request, pk):
            return Response((await sync_to_async(self.get_object)()).author.name)  # expect: DJA403

        async def awaited(self, request, pk):
            return Response((await self.aget_object()).author.name)  # expect: DJA103
    """
TEMPLATES = {
    "book.html": "{{ book.author.name }}",
    "books.html": "{% for book in book_list %}{{ book.title }}{% endfor %}",
    "objects.html": "{% for book in object_list %}{{ book.title }}{% endfor %}",
    "named.html": "{{ volume.author.name }}",
}


def check(root: Path) -> None:
    """What is found of the ORM on the event loop is what the markers say."""
    found = {place(finding) for finding in report_on(root).findings if finding.code[:4] in {"DJA1", "DJA4"}}
    problems = disagreements(read_markers(root), found)
    assert not problems, "\n" + "\n".join(problems)


def test_what_the_hooks_of_a_view_do(tmp_path: Path) -> None:
    templates = {f"shop/templates/{name}": text for name, text in TEMPLATES.items()}
    check(write_project(tmp_path, {**SHOP, **templates, "shop/models.py": MODELS, "shop/pages.py": PAGES}))


def test_the_object_of_an_api_view_has_what_its_queryset_loads(tmp_path: Path) -> None:
    check(write_project(tmp_path, {**SHOP, "shop/models.py": MODELS, "shop/api.py": API}))
