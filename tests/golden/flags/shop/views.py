import elsewhere
from shop import state
from shop.models import Book
from shop.state import HANDLERS


def load():
    state.SET_FROM_ELSEWHERE = elsewhere.load()


async def behind_a_fixed_flag():
    if state.FIXED:
        Book.objects.count()


async def behind_a_switched_flag():
    if state.SWITCHED:
        Book.objects.count()


async def behind_what_others_set():
    if state.SET_FROM_ELSEWHERE is None:
        return
    Book.objects.count()


async def behind_a_registry(name):
    handler = HANDLERS.get(name)
    if handler is None:
        return
    Book.objects.count()


async def behind_an_attribute_of_a_library(message: elsewhere.Message):
    if message.author is None:
        return
    Book.objects.count()


async def behind_what_a_callback_sets():
    found = None

    def keep(value):
        nonlocal found
        found = value

    await elsewhere.run(keep)
    if found is None:
        return
    Book.objects.count()


async def behind_what_nothing_sets():
    found = None
    if found is None:
        return
    Book.objects.count()


class Room:
    kind = None
    fixed = False

    def __init__(self):
        self.user = None
        self.task = None
        self.never = None

    async def connect(self):
        self.user = await elsewhere.user()

    async def behind_an_unknown_user(self):
        if self.user is None:
            return
        Book.objects.count()

    async def behind_what_others_set(self):
        if not self.task:
            return
        Book.objects.count()

    async def behind_what_nobody_sets(self):
        if not self.never:
            return
        Book.objects.count()

    async def behind_what_a_class_below_sets(self):
        if self.kind is None:
            return
        Book.objects.count()

    async def behind_what_no_class_sets(self):
        if self.fixed:
            Book.objects.count()


class Lobby(Room):
    kind = "lobby"


def start(room: Room):
    room.task = elsewhere.start(room)


def client_of(key, clients={}):
    client = clients.get(key)
    if client is None:
        client = clients[key] = Book.objects.all()
    return client


async def memo(key):
    return client_of(key).count()
