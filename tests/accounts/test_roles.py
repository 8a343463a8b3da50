"""The roles that a migration makes."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User

from accounts.roles import ROLES, make_roles

pytestmark = pytest.mark.django_db


def member(role: str) -> User:
    user = User.objects.create_user(role)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.mark.parametrize("role", list(ROLES))
def test_a_member_has_exactly_the_permissions_of_the_role(role):
    assert member(role).get_all_permissions() == set(ROLES[role])


def test_each_role_may_all_that_the_one_before_it_may():
    viewer, responder, manager = (set(names) for names in ROLES.values())
    assert viewer < responder < manager


def test_a_role_that_an_admin_changed_stays_so():
    Group.objects.get(name="viewer").permissions.clear()
    make_roles(apps)
    assert not Group.objects.get(name="viewer").permissions.exists()


def test_a_role_that_is_missing_is_made_again():
    Group.objects.get(name="manager").delete()
    make_roles(apps)
    assert member("manager").has_perm("alerts.change_rule")
