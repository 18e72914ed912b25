"""What a role may do in the admin."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from csplatform.people.models import Role

# Supervisors keep what agents work with; accounts, people and permissions stay with administrators.
SUPERVISED_APPS = frozenset({"automation", "knowledge", "sla", "conversations", "contacts"})
_KEPT_APPS = frozenset({"automation", "knowledge", "sla"})


class RoleBackend(ModelBackend):
    """Grants admin permissions by role; administrators are superusers and never get here."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not user_obj.is_active:
            return False
        if user_obj.is_superuser:
            return True
        app, _, action = perm.partition(".")
        if user_obj.role != Role.SUPERVISOR or app not in SUPERVISED_APPS:
            return False
        return app in _KEPT_APPS or action.startswith("view_")

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        if not user_obj.is_active:
            return False
        return user_obj.is_superuser or (user_obj.role == Role.SUPERVISOR and app_label in SUPERVISED_APPS)
