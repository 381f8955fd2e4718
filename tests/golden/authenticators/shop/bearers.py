from ninja.security import HttpBearer
from django.contrib.auth.models import User


class Bearer(HttpBearer):
    async def authenticate(self, request, token):
        request.user = await User.objects.aget(username=token)
        return token


async def by_key(request):
    return await User.objects.filter(username=request.GET["key"]).afirst()
