"""What is read once and kept: for a process, for an object, through a method that sets it."""


class Options:
    def __init__(self):
        self._values = None
        self._names = None

    @property
    def values(self):
        if self._values is None:
            self.set_values(read())
        return self._values

    @property
    def names(self):
        if not self._names:
            self._names = read()
        return self._names

    def set_values(self, values):
        self._values = values


class Order:
    def __init__(self):
        self._lines = None

    def lines(self):
        if self._lines is None:
            self._lines = read()
        return self._lines


def read():
    with open("options.txt") as file:
        return file.read()


options = Options()
text = None


def option(name):
    return options.values


def option_name(number):
    return options.names


def kept_text(encoding):
    global text
    if text is None:
        text = read()
    return text


def not_kept_text(encoding):
    found = None
    if text is None:
        found = read()
    return found
