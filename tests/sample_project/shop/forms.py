"""Forms of the shop."""

from django import forms

from shop.models import Book


class BookForm(forms.ModelForm):
    """Edits a book. Its author is looked up when it is validated."""

    class Meta:
        model = Book
        fields = ("title", "price", "author")


class SearchForm(forms.Form):
    """What a visitor looks for. Nothing in it needs the database."""

    text = forms.CharField(max_length=100)
    highest_price = forms.DecimalField(required=False)
