"""Classes of libraries that derive from others, which have the methods."""

from llama_index.llms.groq import Groq
from llama_index.llms.openai import OpenAI


async def of_the_base_class(request):
    return OpenAI(model="small").chat([])


async def three_classes_up(request):
    return Groq(model="small").complete("A title?")


async def asynchronous_method(request):
    return await Groq(model="small").acomplete("A title?")
