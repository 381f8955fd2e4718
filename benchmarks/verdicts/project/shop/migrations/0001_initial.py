"""The table of books, with twenty of them."""

from django.db import migrations, models


def add_books(apps, schema_editor):
    """Twenty books that cost 1 to 20."""
    book = apps.get_model("shop", "Book")
    book.objects.bulk_create(book(title=f"Book {number}", price=number) for number in range(1, 21))


class Migration(migrations.Migration):
    """The only one."""

    initial = True
    operations = [
        migrations.CreateModel(
            name="Book",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=100)),
                ("price", models.IntegerField()),
            ],
        ),
        migrations.RunPython(add_books),
    ]
