from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"

    def ready(self) -> None:
        from alerts.deliveries import TELLERS
        from alerts.sections import SECTIONS
        from integrations import shown
        from integrations.automation.shown import section

        TELLERS.extend((shown.streams, shown.destinations))
        SECTIONS.append(section)
