"""The form's fields of a type's config, made from the Config itself: a new rule type needs no form of its own.

What a key is for is said once, by the description in its ``msgspec.Meta``.
"""

from typing import Any

import msgspec
from django import forms
from msgspec import inspect
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from alerts.rules import RULE_TYPES


def key(kind: str, name: str) -> str:
    return f"{kind}_{name}"


def config_fields() -> dict[str, forms.Field]:
    """The form's fields for the configs of all types; the page shows those of the chosen type."""
    return {key(kind, field.name): form_field(kind, field) for kind in RULE_TYPES for field in described(kind)}


def described(kind: str) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(RULE_TYPES[kind].Config)
    assert isinstance(info, inspect.StructType)
    return info.fields


def form_field(kind: str, field: inspect.Field) -> forms.Field:
    """Never required by the form itself: the fields of other types are empty, and the config says what it needs."""
    inner, described, optional = unwrapped(field.type)
    attrs = {"data-rule-type": kind}
    label = field.name.replace("_", " ").capitalize()
    shared: dict[str, Any] = {"required": False, "label": label, "help_text": described}
    if field.default is not msgspec.NODEFAULT and field.default is not None:
        shared["initial"] = field.default
    match inner:
        case inspect.IntType():
            number = UnfoldAdminIntegerFieldWidget(attrs=attrs)
            return forms.IntegerField(min_value=inner.ge, max_value=inner.le, widget=number, **shared)
        case inspect.FloatType():
            number = UnfoldAdminDecimalFieldWidget(attrs=attrs | {"step": "any"})
            return forms.FloatField(min_value=inner.ge, max_value=inner.le, widget=number, **shared)
        case inspect.BoolType():
            return forms.BooleanField(widget=UnfoldBooleanSwitchWidget(attrs=attrs), **shared)
        case inspect.LiteralType():
            values = sorted(str(value) for value in inner.values)
            choices = [("", "")] * optional + [(value, value) for value in values]
            return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget(attrs=attrs), **shared)
        case inspect.ListType():
            shared["help_text"] = f"{described} Separated by commas.".strip()
            return ListField(widget=UnfoldAdminTextInputWidget(attrs=attrs), **shared)
    return forms.CharField(widget=UnfoldAdminTextInputWidget(attrs=attrs), **shared)


def unwrapped(kind: inspect.Type) -> tuple[inspect.Type, str, bool]:
    """The type itself, its description, and whether it may be left out."""
    description, optional = "", False
    while True:
        match kind:
            case inspect.Metadata():
                description = (kind.extra_json_schema or {}).get("description", description)
                kind = kind.type
            case inspect.UnionType():
                optional = True
                kind = next(part for part in kind.types if not isinstance(part, inspect.NoneType))
            case _:
                return kind, description, optional


class ListField(forms.CharField):
    """Texts, separated by commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        found = value if isinstance(value, list) else (value or "").split(",")
        return [name.strip() for name in found if name.strip()]


class StepsField(forms.CharField):
    """Severity steps: "10 warn, 50 error"."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(f"{at:g} {severity}" for at, severity in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [step(text) for text in (value or "").split(",") if text.strip()]


def step(text: str) -> list[Any]:
    at, _, severity = text.strip().partition(" ")
    try:
        return [msgspec.convert(at, float, strict=False), severity.strip()]
    except msgspec.ValidationError as error:
        raise forms.ValidationError(f"{text.strip()!r}: a step is a value and a severity, as 10 warn") from error
