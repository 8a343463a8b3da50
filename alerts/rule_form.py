"""The admin's form of a rule: typed fields for what its type takes, and everything checked as ``check`` does.

A type's fields are made from its Config, so that a new rule type needs no form of its own.
"""

from typing import Any, cast

import msgspec
from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from alerts.models import Rule
from alerts.rules import RULE_TYPES

HELP = {
    "resolve_after": "Seconds without a match after which the alert resolves.",
    "threshold": "The alert opens when this is reached.",
    "window": "Seconds that are looked at together.",
    "recover_below": "The alert resolves below this; empty: below the threshold.",
}
UNITS = {"resolve_after": "s", "window": "s"}


def key(kind: str, name: str) -> str:
    return f"{kind}_{name}"


def config_fields() -> dict[str, forms.Field]:
    """The form's fields for the configs of all types; the page shows those of the chosen type."""
    return {key(kind, field.name): form_field(kind, field) for kind in RULE_TYPES for field in described(kind)}


def described(kind: str) -> tuple[msgspec.inspect.Field, ...]:
    info = msgspec.inspect.type_info(RULE_TYPES[kind].Config)
    assert isinstance(info, msgspec.inspect.StructType)
    return info.fields


def form_field(kind: str, field: msgspec.inspect.Field) -> forms.Field:
    """Never required by the form itself: the fields of other types are empty, and the config says what it needs."""
    inner, optional = field.type, False
    if isinstance(inner, msgspec.inspect.UnionType):
        optional = True
        inner = next(part for part in inner.types if not isinstance(part, msgspec.inspect.NoneType))
    attrs = {"data-rule-type": kind}
    label = field.name.replace("_", " ").capitalize() + (f" ({UNITS[field.name]})" if field.name in UNITS else "")
    shared: dict[str, Any] = {"required": False, "label": label, "help_text": HELP.get(field.name, "")}
    if not optional and field.default is not msgspec.NODEFAULT:
        shared["initial"] = field.default
    if isinstance(inner, msgspec.inspect.IntType):
        number = UnfoldAdminIntegerFieldWidget(attrs=attrs)
        return forms.IntegerField(min_value=inner.ge, max_value=inner.le, widget=number, **shared)
    if isinstance(inner, msgspec.inspect.FloatType):
        number = UnfoldAdminDecimalFieldWidget(attrs=attrs)
        return forms.FloatField(min_value=inner.ge, max_value=inner.le, widget=number, **shared)
    return forms.CharField(widget=UnfoldAdminTextInputWidget(attrs=attrs), **shared)


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    group_by = forms.CharField(
        required=False,
        initial="service",
        widget=UnfoldAdminTextInputWidget(),
        help_text="One alert for each value of these fields, separated by commas.",
    )

    class Meta:
        model = Rule
        fields = (
            *("slug", "name", "enabled", "signal", "type", "query", "group_by"),
            *("severity", "issue", "message", "confidence", "lateness", "reopen_within", "new_per_minute"),
        )
        widgets = {
            "query": UnfoldAdminTextareaWidget(
                attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "off", "class": "rule-query"}
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= config_fields()
        if self.instance.pk:
            self.initial["group_by"] = ", ".join(self.instance.group_by)
            for name, value in self.instance.config.items():
                self.initial[key(self.instance.type, name)] = value

    def typed(self) -> list[str]:
        """The fields of the chosen type's config."""
        kind = self.data.get("type", "")
        return [key(kind, field.name) for field in described(kind)] if kind in RULE_TYPES else []

    def clean_group_by(self) -> list[str]:
        return [name.strip() for name in self.cleaned_data["group_by"].split(",") if name.strip()]

    def clean_confidence(self) -> float:
        confidence: float = self.cleaned_data["confidence"]
        if not 0 <= confidence <= 1:
            raise ValidationError("from 0 to 1")
        return confidence

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if kind := cleaned.get("type"):
            self.instance.config = self.config(kind, cleaned)
        return cleaned

    def config(self, kind: str, cleaned: dict[str, Any]) -> dict[str, Any]:
        """What was filled in for this type; what was left empty has the type's default."""
        values = {field.name: cleaned.get(key(kind, field.name)) for field in described(kind)}
        return {name: value for name, value in values.items() if value not in (None, "")}

    def _update_errors(self, errors: ValidationError) -> None:
        """The rule's own check, its messages at the fields they are about; a config's at the key it names."""
        found: dict[str, Any] = getattr(errors, "error_dict", {})
        for name in set(found) & set(self.errors):
            del found[name]  # said already
        for message in found.pop("config", []):
            self.add_error(self.place(str(message.message)), message)
        super()._update_errors(errors)  # type: ignore[misc]

    def place(self, message: str) -> str | None:
        kind = self.cleaned_data.get("type", "")
        names = [field.name for field in described(kind)] if kind in RULE_TYPES else []
        named = [name for name in names if name in message]
        return key(kind, min(named, key=message.index)) if named else None

    def save(self, commit: bool = True) -> Rule:
        """Written by a person: load_rules keeps it from now on."""
        self.instance.edited = True
        return cast(Rule, super().save(commit))
