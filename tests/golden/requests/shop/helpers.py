def name_of(request):
    return request.user.username


def name_of_user(user):
    return user.username


def is_known(request):
    return request.user.is_authenticated


def passes_user(request):
    return request.user


def method(request):
    return request.method


def basket(request):
    return request.session["basket"]


def basket_or_none(request):
    return request.session.get("basket")


def remember(request):
    request.session["seen"] = True


def session_of(request):
    return request.session


async def aname_of(request):
    user = await request.auser()
    return user.username


async def abasket(request):
    return await request.session.aget("basket")
