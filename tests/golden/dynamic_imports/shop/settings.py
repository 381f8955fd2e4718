FINDER = "shop.services.Finder"
