from django.urls import path
from shop.operations import api, page

urlpatterns = [path("api/", api.urls), path("page/", page)]
