from django.db.models.signals import post_save
from django.dispatch import Signal, receiver

from shop.models import Author, Book

ordered = Signal()
quiet = Signal()
unheard = Signal()
heard_async = Signal()


@receiver(ordered)
def count_books(sender, **kwargs):
    Book.objects.count()


@receiver(quiet)
def note(sender, **kwargs):
    print(sender)


def connected(sender, **kwargs):
    Book.objects.create(title="x")


connected_signal = Signal()
connected_signal.connect(connected)


@receiver(heard_async)
async def acount_books(sender, **kwargs):
    await Book.objects.acount()


@receiver(post_save, sender=Author)
def saved(sender, instance, **kwargs):
    Book.objects.filter(author=instance).update(title="x")
