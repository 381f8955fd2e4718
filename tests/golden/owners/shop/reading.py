from asgiref.sync import sync_to_async
from django.core.paginator import Paginator
from django.db.models import aprefetch_related_objects
from shop.models import Blog, Post


async def objects_know_their_owner():
    b = await Blog.objects.aget(pk=1)
    return [p.blog.name async for p in b.posts.all()]


async def owner_with_its_country():
    b = await Blog.objects.select_related("country").aget(pk=1)
    p = await b.posts.afirst()
    return p.blog.country.name


async def owner_without_its_country():
    b = await Blog.objects.aget(pk=1)
    p = await b.posts.afirst()
    return p.blog.country.name


async def make_post(**kw):
    defaults = {"title": "m"}
    defaults.update(kw)
    return await Post.objects.acreate(**defaults)


async def keywords_in_a_dictionary(b: Blog):
    return (await make_post(blog=b)).blog.name


async def keywords_that_are_not_known(data):
    return (await Post.objects.acreate(**data)).blog.name


async def posts(blogs):
    async for p in Post.objects.all():
        p.blog = blogs[p.blog_id]
        yield p


async def given_before_it_is_yielded(blogs):
    return [p.blog.name async for p in posts(blogs)]


async def counted_in_a_thread():
    paginator = Paginator(Post.objects.all(), 2)
    page = await sync_to_async(paginator.get_page)(1)
    return paginator.num_pages, paginator.count


async def two_steps_prefetched():
    b = await Blog.objects.aget(pk=1)
    await aprefetch_related_objects([b], "posts__comments")
    return [[c.pk for c in p.comments.all()] for p in b.posts.all()]


async def captured_by_a_pattern():
    match await Post.objects.afirst():
        case None:
            return ""
        case p:
            return p.blog.name
