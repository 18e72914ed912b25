"""Django's registration of this room."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "csplatform.contacts"
