"""App configuration of the project itself: connects the apps and registers the start-up checks."""

from importlib import import_module

from django.apps import AppConfig


class MemoConfig(AppConfig):
    name = "memo"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("memo.celery")  # makes it the app that tasks are sent through
        import_module("memo.wiring").connect()
        import_module("memo.checks")
