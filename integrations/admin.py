"""What Django looks for in this module: the admin of actions."""

from integrations.automation import admin as automation_admin  # noqa: F401
