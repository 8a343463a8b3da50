"""Clients of people who may see the admin."""

from django.contrib.auth.models import Group, User
from django.test import Client


def staff(role: str) -> Client:
    user = User.objects.create_user(f"a-{role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def superuser_client() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client
