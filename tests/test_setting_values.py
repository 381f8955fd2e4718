"""What the settings of a project decide: which caches, sessions and mails block or raise."""

from __future__ import annotations

from pathlib import Path

import pytest

from async_audit.config import Config
from async_audit.project.setting_values import Reading, SettingValue
from tests.projects import SHOP, project_program, report_on, write_project

REDIS = "django.core.cache.backends.redis.RedisCache"
LOCMEM = "django.core.cache.backends.locmem.LocMemCache"
DATABASE = "django.core.cache.backends.db.DatabaseCache"
VIEWS = """\
    from django.core.cache import cache
    from django.core.mail import send_mail


    async def cached(request):
        return cache.get("x")


    async def kept(request):
        return request.session["x"]


    async def mailed(request):
        return send_mail("x", "x", "a@example.com", ["b@example.com"])
    """
SPLIT: dict[str, str | bytes] = {
    "manage.py": "import os\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings.local')\n",
    "shop/__init__.py": "",
    "shop/settings/__init__.py": "",
}


def value(root: Path, settings: str, *keys: str, **more: str) -> SettingValue:
    """What a setting of a project with these settings may be."""
    files = {**SHOP, "shop/settings.py": settings, **more}
    return project_program(write_project(root, files)).setting(*keys)


def findings(root: Path, settings: str) -> dict[int, tuple[str, str]]:
    """Code and confidence of the findings about blocking and raising, by line."""
    write_project(root, {**SHOP, "shop/settings.py": settings, "shop/views.py": VIEWS})
    return {
        finding.location.line: (finding.code, finding.confidence.value)
        for finding in report_on(root, Config()).findings
        if finding.code.startswith(("DJA1", "DJA2"))
    }


def of_cache(backend: str) -> str:
    return f'CACHES = {{"default": {{"BACKEND": "{backend}"}}}}\n'


BY_DEBUG = """\
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
if not DEBUG:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
"""
MAIL, SESSION, CACHE = ("EMAIL_BACKEND",), ("SESSION_ENGINE",), ("CACHES", "default", "BACKEND")


@pytest.mark.parametrize(
    ("settings", "keys", "texts", "reading"),
    [
        ("", MAIL, (), Reading.UNSET),
        ("EMAIL_BACKEND = 'a.B'", MAIL, ("a.B",), Reading.WRITTEN),
        ("EMAIL_BACKEND = 'a.B' if DEBUG else 'c.D'", MAIL, ("a.B", "c.D"), Reading.WRITTEN),
        (
            "EMAIL_BACKEND = 'a.B'\nif DEBUG:\n    EMAIL_BACKEND = 'c.D'",
            MAIL,
            ("a.B", "c.D"),
            Reading.WRITTEN,
        ),
        ("EMAIL_BACKEND = 'a.B'\nEMAIL_BACKEND = 'c.D'", MAIL, ("c.D",), Reading.WRITTEN),
        ("EMAIL_BACKEND = choose()", MAIL, (), Reading.UNREADABLE),
        ("EMAIL_BACKEND = os.environ['MAIL']", MAIL, (), Reading.UNREADABLE),
        ("EMAIL_BACKEND = os.environ.get('MAIL', 'a.B')", MAIL, ("a.B",), Reading.FALLBACK),
        ("EMAIL_BACKEND = os.environ.get('MAIL') or 'a.B'", MAIL, ("a.B",), Reading.FALLBACK),
        ("EMAIL_BACKEND = env('MAIL', default='a.B')", MAIL, ("a.B",), Reading.FALLBACK),
        (
            "env = environ.Env(MAIL=(str, 'a.B'))\nEMAIL_BACKEND = env('MAIL')",
            MAIL,
            ("a.B",),
            Reading.FALLBACK,
        ),
        ("EMAIL_BACKEND = config('MAIL', 'a.B')", MAIL, ("a.B",), Reading.FALLBACK),
        (of_cache(REDIS), CACHE, (REDIS,), Reading.WRITTEN),
        (f"{of_cache(LOCMEM)}CACHES['default']['BACKEND'] = '{REDIS}'", CACHE, (REDIS,), Reading.WRITTEN),
        (f"MAIN = {{'BACKEND': '{REDIS}'}}\nCACHES = {{'default': MAIN}}", CACHE, (REDIS,), Reading.WRITTEN),
        (
            f"MAIN = {{'BACKEND': '{REDIS}'}}\nCACHES = {{'default': {{**MAIN}}}}",
            CACHE,
            (REDIS,),
            Reading.WRITTEN,
        ),
        ("CACHES = {'default': env.cache('URL', default='redis://x')}", CACHE, (REDIS,), Reading.FALLBACK),
        ("CACHES = {'default': env.cache('URL')}", CACHE, (), Reading.UNREADABLE),
        ("CACHES = {'other': {}}", CACHE, (), Reading.UNSET),
    ],
)
def test_reading(
    tmp_path: Path, settings: str, keys: tuple[str, ...], texts: tuple[str, ...], reading: Reading
) -> None:
    assert value(tmp_path, settings, *keys) == SettingValue(texts, reading)


def test_variables_of_the_projects_own_files_count(tmp_path: Path) -> None:
    write_project(tmp_path, {".env": f"CACHE={REDIS}\n"})
    found = value(tmp_path, "CACHES = {'default': {'BACKEND': env('CACHE')}}", *CACHE)
    assert found == SettingValue((REDIS,), Reading.FALLBACK)


def test_split_settings(tmp_path: Path) -> None:
    files = {
        **SPLIT,
        "shop/settings/base.py": of_cache(LOCMEM) + "EMAIL_BACKEND = 'a.B'\n",
        "shop/settings/local.py": "from .base import *\n",
        "shop/settings/production.py": "from .base import *\n" + of_cache(REDIS),
        "shop/settings/test.py": "from .base import *\n" + of_cache(DATABASE),
    }
    program = project_program(write_project(tmp_path, files))
    assert program.setting(*CACHE) == SettingValue((LOCMEM, REDIS), Reading.WRITTEN)
    assert program.setting(*MAIL) == SettingValue(("a.B",), Reading.WRITTEN)


CONFIGURATIONS = """\
    from configurations import Configuration, values


    class Base(Configuration):
        EMAIL_BACKEND = values.Value("a.B")
        SESSION_ENGINE = "django.contrib.sessions.backends.cache"


    class Local(Base):
        pass


    class Production(Base):
        CACHES = values.CacheURLValue("redis://x")
        EMAIL_BACKEND = "c.D"
    """


def test_configurations(tmp_path: Path) -> None:
    assert value(tmp_path, CONFIGURATIONS, *MAIL) == SettingValue(("a.B", "c.D"), Reading.FALLBACK)
    sessions = SettingValue(("django.contrib.sessions.backends.cache",), Reading.WRITTEN)
    assert value(tmp_path, CONFIGURATIONS, *SESSION) == sessions


def test_the_configuration_that_is_named_counts_alone(tmp_path: Path) -> None:
    write_project(tmp_path, {".env": "DJANGO_CONFIGURATION=Production\n"})
    assert value(tmp_path, CONFIGURATIONS, *MAIL) == SettingValue(("c.D",), Reading.WRITTEN)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", None),
        (of_cache(LOCMEM), None),
        (of_cache(REDIS), ("DJA206", "certain")),
        (of_cache(DATABASE), ("DJA106", "certain")),
        ("CACHES = {'default': env.cache('URL')}", ("DJA206", "likely")),
        ("CACHES = {'default': env.cache('URL', default='redis://x')}", ("DJA206", "likely")),
        ("CACHES = {'default': env.cache('URL', default='locmemcache://')}", None),
    ],
)
def test_caches(tmp_path: Path, settings: str, expected: tuple[str, str] | None) -> None:
    assert findings(tmp_path, settings).get(6) == expected


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        ("", ("DJA104", "likely")),
        ("SESSION_ENGINE = 'django.contrib.sessions.backends.db'", ("DJA104", "certain")),
        ("SESSION_ENGINE = 'django.contrib.sessions.backends.signed_cookies'", None),
        ("SESSION_ENGINE = env('ENGINE')", ("DJA104", "likely")),
    ],
)
def test_sessions(tmp_path: Path, engine: str, expected: tuple[str, str] | None) -> None:
    assert findings(tmp_path, engine).get(10) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", ("DJA206", "certain")),
        ("EMAIL_BACKEND = 'django.core.mail.backends.console.EmailBackend'", None),
        ("EMAIL_BACKEND = env('MAIL')", ("DJA206", "likely")),
        (BY_DEBUG, ("DJA206", "likely")),
    ],
)
def test_mail(tmp_path: Path, settings: str, expected: tuple[str, str] | None) -> None:
    assert findings(tmp_path, settings).get(14) == expected


def test_the_report_says_what_could_not_be_read(tmp_path: Path) -> None:
    settings = "CACHES = load('caches')\nEMAIL_BACKEND = 'a.B'\n"
    write_project(tmp_path, {**SHOP, "shop/settings.py": settings, "shop/views.py": VIEWS})
    said = [reason for reason, _ in report_on(tmp_path).unresolved if "setting" in reason]
    assert said == ["a setting: `CACHES.default.BACKEND` cannot be read"]
