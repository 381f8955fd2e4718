"""Forms of `django.contrib.auth` that query and hash, as they are and as a project derives them.

Each was run under Django 5.2, with a look at the thread that hashes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import SHOP, codes_in, write_project

VIEW = """\
    from asgiref.sync import sync_to_async
    from django.contrib.auth import forms
    from django.contrib.auth.models import User


    class SignUp(forms.UserCreationForm):
        def save(self, commit=True):
            user = super().save(commit=False)
            user.email = "nobody@example.com"
            return user


    class Renewal(forms.SetPasswordForm):
        pass


    async def view(request):
        user = await User.objects.aget(pk=1)
        form = {form}
        await sync_to_async(form.is_valid)()
        {then}
    """


def codes(root: Path, form: str, then: str) -> list[str]:
    """What is found where a view makes that form, and does that with it."""
    files = {**SHOP, "shop/handlers.py": VIEW.replace("{form}", form).replace("{then}", then)}
    return sorted(
        code for code in codes_in(write_project(root, files)) if code.startswith(("DJA1", "DJA20", "DJA21"))
    )


@pytest.mark.parametrize(
    ("form", "then", "expected"),
    [
        ("forms.UserCreationForm(request.POST)", "form.save(commit=False)", ["DJA206"]),
        ("forms.AdminUserCreationForm(request.POST)", "form.save()", ["DJA106", "DJA206"]),
        ("SignUp(request.POST)", "form.save()", ["DJA210"]),
        ("Renewal(user, request.POST)", "form.save()", ["DJA106", "DJA206"]),
        ("forms.SetPasswordForm(user, request.POST)", "form.save(commit=False)", ["DJA206"]),
        ("forms.AdminPasswordChangeForm(user, request.POST)", "form.save(commit=False)", ["DJA206"]),
        ("forms.UserCreationForm(request.POST)", "await sync_to_async(form.save)()", []),
        ("forms.UserCreationForm()", "return form", []),
    ],
)
def test_saving_hashes(tmp_path: Path, form: str, then: str, expected: list[str]) -> None:
    assert codes(tmp_path, form, then) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("forms.UserCreationForm(request.POST)", ["DJA106"]),
        ("forms.AuthenticationForm(request, request.POST)", ["DJA106"]),
        ("forms.PasswordChangeForm(user, request.POST)", ["DJA206"]),
        ("forms.SetPasswordForm(user, request.POST)", []),
    ],
)
def test_validating(tmp_path: Path, form: str, expected: list[str]) -> None:
    assert codes(tmp_path, "None", f"{form}.is_valid()") == expected
