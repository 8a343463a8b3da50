"""Who may do what in the API: reading takes a login, acting on alerts and changing rules take a role."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from rest_framework.permissions import SAFE_METHODS, BasePermission, DjangoModelPermissions, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

__all__ = [
    "MayAct",
    "MayAutomate",
    "MayChange",
    "MayRead",
    "MayRedeliver",
    "MayRequeue",
    "MayRewrite",
    "MaySave",
]

MayRead = IsAuthenticated
# POST needs the model's add permission, PUT and PATCH change, DELETE delete
MayChange = DjangoModelPermissions


class MayRewrite(DjangoModelPermissions):
    """A POST that may make things and change them."""

    perms_map = DjangoModelPermissions.perms_map | {
        "POST": ["%(app_label)s.add_%(model_name)s", "%(app_label)s.change_%(model_name)s"]
    }


class MayAct(BasePermission):
    """Acknowledge, resolve, reopen, comment: the responder's permission."""

    message = "this needs the role responder"

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.is_authenticated and request.user.has_perm("alerts.act_on_alert"))


class MayAutomate(BasePermission):
    """Ask for actions, approve and reject them."""

    message = "this needs the role responder"

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.is_authenticated and request.user.has_perm("integrations.approve_actionrun"))


class MaySave(BasePermission):
    """Keep things of one's own: whoever is signed in may, a token that only reads may not."""

    message = "this needs a token that may do more than read"

    def has_permission(self, request: Request, view: APIView) -> bool:
        reading = request.method in SAFE_METHODS or getattr(request.auth, "scope", "") != "read"
        return bool(request.user.is_authenticated and reading)


class MayRequeue(BasePermission):
    """Put dead letters back: what was refused becomes a record after all, in whatever form it was given."""

    message = "this needs the role manager"

    def has_permission(self, request: Request, view: APIView) -> bool:
        return may_requeue(request.user)


class MayRedeliver(BasePermission):
    """Tell a destination once more."""

    message = "this needs the role responder"

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.is_authenticated and request.user.has_perm("integrations.redeliver_delivery"))


def may_requeue(user: AbstractBaseUser | AnonymousUser) -> bool:
    return isinstance(user, User) and user.has_perm("ingest.change_deadletter")
