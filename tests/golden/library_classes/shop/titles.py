"""Classes of libraries that derive from others, which have the methods."""

from gitlab import Gitlab
from llama_index.llms.groq import Groq
from llama_index.llms.openai import OpenAI
from openai import AsyncOpenAI


async def of_the_base_class(request):
    return OpenAI(model="small").chat([])


async def three_classes_up(request):
    return Groq(model="small").complete("A title?")


async def asynchronous_method(request):
    return await Groq(model="small").acomplete("A title?")


async def pages_that_are_iterated_over(request):
    return [model async for model in AsyncOpenAI().models.list()]


async def fetched_object(request):
    return Gitlab("https://example.com").projects.get(1)


async def object_without_a_request(request):
    return Gitlab("https://example.com").projects.get(1, lazy=True)


async def request_through_an_object(request):
    return Gitlab("https://example.com").projects.get(1, lazy=True).issues.list()
