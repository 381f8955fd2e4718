from django.utils.functional import SimpleLazyObject


class Lazy:
    """A lazy user is not loaded."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.user = SimpleLazyObject(lambda: request.user)
        return self.get_response(request)


def sometimes(get_response):
    """On one way the user is loaded, on the other not."""

    def gate(request):
        if request.path == "/":
            return get_response(request)
        request.tag = request.user.username
        return get_response(request)

    return gate
