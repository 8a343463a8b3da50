"""The admin's form of a rule: typed fields for what its type takes, and everything checked as ``check`` does."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from alerts.models import Rule
from alerts.rule_fields import ListField, StepsField, config_fields, described, key
from alerts.rules import RULE_TYPES


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    group_by = ListField(
        required=False,
        initial="service",
        widget=UnfoldAdminTextInputWidget(),
        help_text="One alert for each value of these fields, separated by commas.",
    )
    severity_steps = StepsField(
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Values at which the severity rises, for example 10 warn, 50 error.",
    )

    class Meta:
        model = Rule
        fields = (
            *("slug", "name", "enabled", "signal", "type", "query", "group_by"),
            *("severity", "severity_steps", "issue", "message", "confidence"),
            *("lateness", "reopen_within", "renotify", "new_per_minute"),
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
            for name, value in self.instance.config.items():
                self.initial[key(self.instance.type, name)] = value

    def typed(self) -> list[str]:
        """The fields of the chosen type's config."""
        kind = self.data.get("type", "")
        return [key(kind, field.name) for field in described(kind)] if kind in RULE_TYPES else []

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
        """What was filled in for this type; what was left empty, or off as it is by default, is left out."""
        values = {field.name: (cleaned.get(key(kind, field.name)), field.default) for field in described(kind)}
        return {
            name: value
            for name, (value, default) in values.items()
            if value not in (None, "", []) and not (value is False and default is False)
        }

    def _update_errors(self, errors: ValidationError) -> None:
        """The rule's own check, its messages at the fields they are about; a config's at the key it names."""
        found: dict[str, Any] = getattr(errors, "error_dict", {})
        for name in set(found) & set(self.errors):
            del found[name]  # said already
        for message in found.pop("config", []):
            text = str(message.message)
            self.add_error(self.place(text), plainly(text))
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


def plainly(message: str) -> str:
    """What stands beside its field needn't name it."""
    return "must be filled in" if message.startswith("Object missing required field") else message.split(" - at `$")[0]
