"""Clients of people who are signed in."""

from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client


def signed_in(role: str, name: str = "", **fields: Any) -> Client:
    """Somebody of a role, called ``a-ROLE`` where no name is given."""
    user = User.objects.create_user(name or f"a-{role}", **fields)
    user.groups.add(Group.objects.get(name=role))
    return client_of(user)


def staff(role: str) -> Client:
    """The same, who may see the admin."""
    return signed_in(role, is_staff=True)


def superuser_client() -> Client:
    return client_of(User.objects.create_superuser("root"))


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
