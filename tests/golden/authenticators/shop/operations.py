"""What operations of ninja find in the request that an authenticator has seen."""

from ninja import NinjaAPI

from shop.bearers import Bearer

api = NinjaAPI(auth=Bearer())


@api.get("/name")
async def name(request):
    return await described(request)


@api.get("/public", auth=None)
async def public(request):
    return request.user.username


async def described(request):
    return request.user.username


async def page(request):
    return request.user.username
