"""Models that are asked for by a label, and by a setting that holds one."""

from django.apps import apps
from django.conf import settings


async def by_label(request):
    return apps.get_model("shop", "Order").objects.count()


async def by_a_setting(request):
    return await apps.get_model(settings.SHOP_ORDER_MODEL).objects.filter(number=1).afirst()


async def by_a_setting_that_nobody_sets(request):
    return apps.get_model(settings.SHOP_BASKET_MODEL).objects.count()
