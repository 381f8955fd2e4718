INSTALLED_APPS = ["shop"]
SHOP_ORDER_MODEL = "shop.Order"
