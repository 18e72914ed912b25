"""Calling the API as somebody."""

from collections.abc import Callable

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from csplatform.people.models import User

As = Callable[[User], APIClient]


@pytest.fixture
def call_as() -> As:
    """Return a client that carries the token of `user`."""

    def client(user: User) -> APIClient:
        token = Token.objects.get_or_create(user=user)[0]
        return APIClient(headers={"Authorization": f"Token {token.key}"})

    return client
