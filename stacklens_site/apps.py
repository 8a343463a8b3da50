from django.apps import AppConfig


class StacklensSiteConfig(AppConfig):
    name = "stacklens_site"
