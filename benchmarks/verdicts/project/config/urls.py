"""Each view twice: as written, and as its plain `def`."""

from django.urls import path

from shop import plain, written

urlpatterns = [
    path("written/quote/", written.quote),
    path("plain/quote/", plain.quote),
    path("written/quote-alone/", written.quote_alone),
    path("plain/quote-alone/", plain.quote_alone),
    path("written/quote-aiohttp/", written.quote_aiohttp),
    path("plain/quote-aiohttp/", plain.quote_aiohttp),
    path("written/compare/", written.compare),
    path("plain/compare/", plain.compare),
    path("written/compare-alone/", written.compare_alone),
    path("plain/compare-alone/", plain.compare_alone),
    path("written/progress/", written.progress),
    path("plain/progress/", plain.progress),
    path("written/summary/", written.summary),
    path("plain/summary/", plain.summary),
    path("written/titles/", written.titles),
    path("plain/titles/", plain.titles),
    path("written/gathered/", written.gathered),
    path("plain/gathered/", plain.gathered),
    path("written/ping/", written.ping),
    path("plain/ping/", plain.ping),
    path("written/count/", written.count),
    path("plain/count/", plain.count),
    path("written/nap/", written.nap),
    path("plain/nap/", plain.nap),
    path("written/blocking-quote/", written.blocking_quote),
    path("plain/blocking-quote/", plain.blocking_quote),
    path("written/raising/", written.raising),
    path("plain/raising/", plain.raising),
]
