from ninja.security import HttpBearer
from django.contrib.auth.models import User


class Bearer(HttpBearer):
    async def authenticate(self, request, token):
        request.user = await User.objects.aget(username=token)
        return token
