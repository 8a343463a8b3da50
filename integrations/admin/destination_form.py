"""The admin's form of a destination, made of the fields of its kind; what is secret goes in and never comes out."""

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from integrations import configured
from integrations.destinations import KINDS
from integrations.destinations.kind import Field, Kind
from integrations.models import Destination
from integrations.sealed import Unsealable

SET, REMOVE = "set_", "remove_"  # before the names of fields, so that they are none of the model's
MONO = {"rows": 6, "spellcheck": "false", "class": "rule-query"}


class DestinationForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Destination
        fields = ("name", "slug", "enabled")

    kind: Kind

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for field in configured.plain(self.kind):
                self.initial[SET + field.name] = written(field, self.instance.settings.get(field.name))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self.instance.kind = self.kind.name
        self.settings = {one.name: read(one, data.get(SET + one.name)) for one in configured.plain(self.kind)}
        self.given = {one.name: data.get(SET + one.name) or "" for one in configured.secret(self.kind)}
        self.removed = {one.name for one in configured.secret(self.kind) if data.get(REMOVE + one.name)}
        try:
            kept = {name: text for name, text in self.instance.secrets().items() if name not in self.removed}
        except Unsealable as error:
            self.add_error(None, str(error))
            return data
        secrets = kept | {name: text for name, text in self.given.items() if text}
        unsaid = [name for name in kept if not self.given[name]]
        wrong = configured.out_of_place(self.kind, self.instance.settings, self.settings, unsaid)
        for name, text in (wrong or configured.wrong(self.kind.name, self.settings, secrets)).items():
            self.add_error(SET + name if SET + name in self.fields else None, text)
        return data

    def save(self, commit: bool = True) -> Destination:
        self.instance.settings = configured.filled(self.kind, self.settings)
        self.instance.put(self.given)
        gone = {name for name in self.removed if not self.given[name]}
        self.instance.sealed = {name: text for name, text in self.instance.sealed.items() if name not in gone}
        saved: Destination = super().save(commit)
        return saved


def form_of(kind: Kind, sealed: Mapping[str, str]) -> type[DestinationForm]:
    """``sealed``: the secrets that are set."""
    made: dict[str, Any] = {"kind": kind}
    for field in kind.fields:
        made[SET + field.name] = form_field(field, field.name in sealed)
        if field.name in sealed:
            made[REMOVE + field.name] = forms.BooleanField(
                required=False, label=f"Remove {field.label}", widget=UnfoldBooleanSwitchWidget()
            )
    return type("DestinationFormOfKind", (DestinationForm,), made)


def names(kind: Kind, sealed: Mapping[str, str]) -> list[str]:
    """The form's fields in their order."""
    return [
        name for field in kind.fields for name in (SET + field.name, *[REMOVE + field.name] * (field.name in sealed))
    ]


def form_field(field: Field, is_set: bool) -> forms.Field:
    """Whether it is required is for configured.wrong to say, which knows what is set already."""
    shown: dict[str, Any] = {"label": field.label, "help_text": field.help, "required": False}
    if field.type == "secret":
        state = "Set. Leave empty to keep it." if is_set else "Not set."
        shown["help_text"] = f"{state} {field.help[:1].upper()}{field.help[1:]}".strip()
        return forms.CharField(widget=UnfoldAdminPasswordWidget({"autocomplete": "new-password"}), strip=False, **shown)
    shown["initial"] = written(field, configured.empty(field))
    if field.type == "flag":
        return forms.BooleanField(widget=UnfoldBooleanSwitchWidget(), **shown)
    if field.type == "number":
        return forms.FloatField(widget=UnfoldAdminTextInputWidget({"inputmode": "decimal"}), **shown)
    if field.type == "choice":
        choices = [(choice, choice) for choice in (*[""] * (not field.required), *field.choices)]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget(), **shown)
    if field.type in ("lines", "map", "template"):
        how = {"lines": "One a line.", "map": "name: value, one a line."}.get(field.type, "")
        shown["help_text"] = f"{field.help} {how}".strip()
        return forms.CharField(widget=UnfoldAdminTextareaWidget(MONO), **shown)
    return forms.CharField(widget=UnfoldAdminTextInputWidget(), **shown)


def written(field: Field, value: Any) -> Any:
    """A setting as the form shows it."""
    if field.type == "lines":
        return "\n".join(value or [])
    if field.type == "map":
        return "\n".join(f"{name}: {one}" for name, one in (value or {}).items())
    return value


def read(field: Field, value: Any) -> Any:
    """What the form was given, as a setting."""
    if field.type == "lines":
        return [line.strip() for line in (value or "").splitlines() if line.strip()]
    if field.type == "map":
        pairs = (line.partition(":") for line in (value or "").splitlines() if line.strip())
        return {name.strip(): one.strip() for name, _, one in pairs}
    if field.type == "number" and value is not None and float(value).is_integer():
        return int(value)
    return configured.empty(field) if value is None else value


def known(name: str | None) -> Kind | None:
    return KINDS.get(name or "")
