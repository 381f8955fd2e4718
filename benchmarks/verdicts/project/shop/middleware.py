"""Middleware of the stack `sync-middleware`."""


class Timed:
    """Can only run synchronously, so that Django runs it, and what it waits for, in a thread."""

    def __init__(self, get_response):
        """Wrap what comes next."""
        self.get_response = get_response

    def __call__(self, request):
        """The response, marked."""
        response = self.get_response(request)
        response["X-Timed"] = "yes"
        return response
