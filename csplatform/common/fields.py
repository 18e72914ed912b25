"""Model fields that more than one room uses."""

import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@lru_cache
def _vault(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured("CREDENTIAL_KEYS is empty: channel credentials cannot be kept")
    return MultiFernet([Fernet(key) for key in keys])


class EncryptedJSONField(models.BinaryField):  # type: ignore[type-arg]  # generic in the stubs only
    """A JSON object that is encrypted at rest with the newest of CREDENTIAL_KEYS (Fernet).

    Reading raises ImproperlyConfigured where no known key fits, rather than returning nothing.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)

    def get_prep_value(self, value: Any) -> bytes:
        plain = json.dumps(value or {}, ensure_ascii=False).encode()
        return _vault(tuple(settings.CREDENTIAL_KEYS)).encrypt(plain)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if not prepared:
            value = self.get_prep_value(value)
        return super().get_db_prep_value(value, connection, prepared=True)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if not value:
            return {}
        try:
            return json.loads(_vault(tuple(settings.CREDENTIAL_KEYS)).decrypt(bytes(value)))
        except InvalidToken as error:
            raise ImproperlyConfigured("no key in CREDENTIAL_KEYS decrypts this account") from error

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: Any) -> str:
        raise TypeError("credentials are never serialised")
