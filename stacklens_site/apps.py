from django.apps import AppConfig


class StacklensSiteConfig(AppConfig):
    name = "stacklens_site"

    def ready(self) -> None:
        """What one package shows of another that it may not import."""
        from ingest import parts
        from integrations.delivery import wellbeing

        parts.OTHERS.append(wellbeing.parts)
