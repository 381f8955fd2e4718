"""Under which circumstances a name of the tables is there to be checked, and how to get at it offline."""

from __future__ import annotations

import functools
import importlib.metadata
import itertools
import sys
from collections.abc import Mapping

# Stands for objects whose class has no importable name, such as generators.
PSEUDO_PACKAGE = "async_audit."

STANDARD_LIBRARY = "stdlib"

# A distribution that provides the same modules under another name.
OTHER_DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "opencv-python": ("opencv-python-headless", "opencv-contrib-python"),
    "psycopg2": ("psycopg2-binary",),
}

# Distributions that cannot be imported outside a configured Django project.
NEED_DJANGO_SETTINGS = frozenset(
    {
        "django-allauth",
        "django-constance",
        "django-guardian",
        "django-import-export",
        "django-rq",
        "django-simple-history",
        "django-storages",
        "django-waffle",
    }
)

# The settings with which they can be imported, and the application that each needs.
DJANGO_SETTINGS: Mapping[str, object] = {
    "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    "MIDDLEWARE": ["allauth.account.middleware.AccountMiddleware"],
    "RQ_QUEUES": {},
    "SECRET_KEY": "rows",
}
DJANGO_APPS: Mapping[str, tuple[str, ...]] = {
    "django": ("django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"),
    "django-allauth": ("allauth", "allauth.account"),
    "django-constance": ("constance",),
    "django-guardian": ("guardian",),
    "django-import-export": ("import_export",),
    "django-rq": ("django_rq",),
    "django-simple-history": ("simple_history",),
    "django-waffle": ("waffle",),
}

# Names of the standard library that a platform (as in `sys.platform`) does not have.
ABSENT_ON: Mapping[str, frozenset[str]] = {
    "win32": frozenset(
        {
            "asyncio.open_unix_connection",
            "asyncio.start_unix_server",
            "fcntl.flock",
            "fcntl.lockf",
            "os.chown",
            "os.copy_file_range",
            "os.fdatasync",
            "os.fwalk",
            "os.mkfifo",
            "os.posix_fallocate",
            "os.pread",
            "os.pwrite",
            "os.readv",
            "os.sendfile",
            "os.statvfs",
            "os.sync",
            "os.wait",
            "os.wait3",
            "os.wait4",
            "os.waitid",
            "os.writev",
            "pty.spawn",
            "signal.pause",
            "signal.sigtimedwait",
            "signal.sigwait",
            "signal.sigwaitinfo",
            "socket.socket.recvmsg",
        }
    ),
    "darwin": frozenset(
        {
            "os.copy_file_range",
            "os.fdatasync",
            "os.posix_fallocate",
            "os.startfile",
            "os.waitid",
            "signal.sigtimedwait",
            "signal.sigwaitinfo",
        }
    ),
    "linux": frozenset({"os.startfile"}),
}

# Names of the standard library that came with a version of Python, or went with one.
PYTHON_SINCE: Mapping[str, tuple[int, int]] = {
    "asyncio.AbstractEventLoop.sock_recvfrom": (3, 11),
    "asyncio.AbstractEventLoop.sock_sendto": (3, 11),
    "asyncio.Barrier": (3, 11),
    "asyncio.timeout": (3, 11),
    "asyncio.timeout_at": (3, 11),
    "hashlib.file_digest": (3, 11),
    "pathlib.Path.walk": (3, 12),
}
PYTHON_UNTIL: Mapping[str, tuple[int, int]] = {
    "nntplib": (3, 13),
    "telnetlib": (3, 13),
}

# Names that came with a version of a distribution, or went with one.
SINCE: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "mistralai.client": ("mistralai", (2,)),
}
UNTIL: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "mistralai.Mistral": ("mistralai", (2,)),
}

# Names that a distribution only has where another one is installed too.
NEEDS: Mapping[str, str] = {
    "transformers.AutoModel.from_pretrained": "torch",
    "transformers.AutoModelForCausalLM": "torch",
    "transformers.AutoModelForSeq2SeqLM": "torch",
    "transformers.AutoModelForSequenceClassification": "torch",
}

# What some libraries look for while they are imported, or at the first use of a module-level client.
ENVIRONMENT: Mapping[str, str] = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else importing litellm makes a request
    "OPENAI_API_KEY": "unused",
}

# With these a type is constructed without a connection, to look at what only its instances have.
OFFLINE_ARGUMENTS: Mapping[str, Mapping[str, object]] = {
    "Adyen.Adyen": {},
    "anthropic.Anthropic": {"api_key": "key"},
    "anthropic.AnthropicBedrock": {"aws_region": "eu-west-1"},
    "anthropic.AnthropicVertex": {"region": "europe-west1", "project_id": "project"},
    "anthropic.AsyncAnthropic": {"api_key": "key"},
    "anthropic.AsyncAnthropicBedrock": {"aws_region": "eu-west-1"},
    "anthropic.AsyncAnthropicVertex": {"region": "europe-west1", "project_id": "project"},
    "braintree.BraintreeGateway": {
        "environment": "sandbox",
        "merchant_id": "m",
        "public_key": "k",
        "private_key": "k",
    },
    "celery.Celery": {},
    "consul.Consul": {},
    "docker.DockerClient": {"base_url": "tcp://localhost:2375", "version": "1.41"},
    "elasticsearch.AsyncElasticsearch": {"hosts": "http://localhost:9200"},
    "elasticsearch.Elasticsearch": {"hosts": "http://localhost:9200"},
    "elevenlabs.client.AsyncElevenLabs": {"api_key": "key"},
    "elevenlabs.client.ElevenLabs": {"api_key": "key"},
    "multiprocessing.synchronize.SemLock": {"kind": 1, "value": 1, "maxvalue": 1, "ctx": None},
    "gitlab.Gitlab": {"url": "http://localhost"},
    "google.genai.Client": {"api_key": "key"},
    "groq.AsyncGroq": {"api_key": "key"},
    "groq.Groq": {"api_key": "key"},
    "hubspot.HubSpot": {"access_token": "token"},
    "hvac.Client": {"url": "http://localhost"},
    "huggingface_hub.AsyncInferenceClient": {},
    "huggingface_hub.InferenceClient": {},
    "mailchimp_marketing.Client": {},
    "mailjet_rest.Client": {"auth": ("key", "secret")},
    "mistralai.Mistral": {"api_key": "key"},
    "mistralai.client.Mistral": {"api_key": "key"},
    "mollie.api.client.Client": {},
    "notion_client.AsyncClient": {"auth": "token"},
    "notion_client.Client": {"auth": "token"},
    "openai.AsyncOpenAI": {"api_key": "key"},
    "openai.OpenAI": {"api_key": "key"},
    "opensearchpy.AsyncOpenSearch": {"hosts": "http://localhost:9200"},
    "opensearchpy.OpenSearch": {"hosts": "http://localhost:9200"},
    "postmarker.core.PostmarkClient": {"server_token": "token"},
    "razorpay.Client": {"auth": ("key", "secret")},
    "replicate.Client": {"api_token": "token"},
    "sendgrid.SendGridAPIClient": {"api_key": "key"},
    "square.AsyncSquare": {"token": "token"},
    "square.Square": {"token": "token"},
    "stripe.StripeClient": {"api_key": "sk_test_key"},
    "threading.Condition": {},
    "threading.Lock": {},
    "threading.RLock": {},
    "together.AsyncTogether": {"api_key": "key"},
    "together.Together": {"api_key": "key"},
    "twilio.rest.Client": {"username": f"AC{0:032}", "password": "token"},
}


def is_installed(distribution: str) -> bool:
    """Whether the distribution, or another one that has its modules, is there."""
    names = (distribution, *OTHER_DISTRIBUTIONS.get(distribution, ()))
    return distribution == STANDARD_LIBRARY or any(version_of(name) for name in names)


def is_out_of_reach(name: str) -> bool:
    """Whether there is a known reason why the name cannot be looked up here."""
    return (
        name.startswith(PSEUDO_PACKAGE)
        or name in ABSENT_ON.get(sys.platform, frozenset())
        or any(is_below(name, new) and sys.version_info < since for new, since in PYTHON_SINCE.items())
        or any(is_below(name, old) and sys.version_info >= until for old, until in PYTHON_UNTIL.items())
        or any(is_below(name, new) and version_of(where) < since for new, (where, since) in SINCE.items())
        or any(is_below(name, old) and version_of(where) >= until for old, (where, until) in UNTIL.items())
        or any(is_below(name, part) and not version_of(needed) for part, needed in NEEDS.items())
    )


def is_below(name: str, prefix: str) -> bool:
    return f"{name}.".startswith(f"{prefix}.")


@functools.cache
def version_of(distribution: str) -> tuple[int, ...]:
    """Return the numbers that the installed version starts with; nothing if it is not installed."""
    try:
        version = importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ()
    return tuple(int(number) for number in itertools.takewhile(str.isdigit, version.split(".")))
