from django.views.generic import DetailView, ListView
from rest_framework import generics, serializers

from shop.models import Book


class BookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["title"]


class ByModel(DetailView):
    model = Book

    def get(self, request, pk):
        self.object = self.get_object()
        return self.object


class ByQueryset(generics.RetrieveAPIView):
    queryset = Book.objects.filter(title="x")

    def get(self, request, pk):
        return self.get_object()


class ByMethod(generics.GenericAPIView):
    serializer_class = BookSerializer

    def get_queryset(self):
        return self.serializer_class.Meta.model.objects.all()

    def post(self, request, pk):
        return self.get_object()


class ByParent(ListView):
    model = Book

    def get_queryset(self):
        return super().get_queryset().filter(title="x")


class ByNothing(DetailView):
    def get(self, request, pk):
        return self.get_object()


def by_shortcut(request, pk):
    return generics.get_object_or_404(Book, pk=pk)
