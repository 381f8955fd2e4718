from django.http import HttpResponse
from django.shortcuts import redirect
from django.views import View


class SignedIn:
    async def dispatch(self, request, *args, **kwargs):
        user = await request.auser()
        if not user.is_authenticated:
            return redirect("/login")
        request.user = user
        return await super().dispatch(request, *args, **kwargs)


class Profile(SignedIn, View):
    async def get(self, request):
        return HttpResponse(request.user.username)

    async def post(self, request):
        request.session["saved"] = True
        return HttpResponse(self.request.user.username)

    async def put(self, request):
        return HttpResponse(await self.name(request.user))

    async def name(self, user):
        return user.username


class AskedBefore(View):
    async def dispatch(self, request, *args, **kwargs):
        await request.auser()
        return await super().dispatch(request, *args, **kwargs)

    async def get(self, request):
        return HttpResponse(request.user.username)

    async def post(self, request):
        request.session["saved"] = True
        return HttpResponse("")


class TooLate(View):
    async def dispatch(self, request, *args, **kwargs):
        response = await super().dispatch(request, *args, **kwargs)
        request.user = await request.auser()
        return response

    async def get(self, request):
        return HttpResponse(request.user.username)


class NotAlways(View):
    async def dispatch(self, request, *args, **kwargs):
        if request.method == "GET":
            request.user = await request.auser()
        return await super().dispatch(request, *args, **kwargs)

    async def get(self, request):
        return HttpResponse(request.user.username)


async def plain(request):
    return HttpResponse(request.user.username)


class Prepared(View):
    async def prepare(self):
        self.request.user = await self.request.auser()

    async def get(self, request):
        await self.prepare()
        return HttpResponse(self.request.user.username)
