from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"

    def ready(self) -> None:
        from alerts.deliveries import TELLERS
        from integrations import shown

        TELLERS.extend((shown.streams, shown.destinations))
