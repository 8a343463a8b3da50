from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"

    def ready(self) -> None:
        from alerts.deliveries import TELLERS
        from alerts.sections import SECTIONS
        from integrations.automation.shown import section
        from integrations.delivery import shown

        TELLERS.extend((shown.streams, shown.destinations))
        SECTIONS.append(section)
