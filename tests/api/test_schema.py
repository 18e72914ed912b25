"""The API's description of itself."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from tests.api.conftest import As
from tests.factories import make_user


def test_the_schema_is_generated_without_a_warning() -> None:
    written = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=written)
    assert written.getvalue().startswith("openapi: 3.")


@pytest.mark.django_db
def test_schema_and_documentation_are_served(call_as: As) -> None:
    client = call_as(make_user())
    schema = client.get("/api/v1/schema/", {"format": "json"}).json()
    assert {
        "/api/v1/conversations/",
        "/api/v1/conversations/{conversation_id}/messages/",
        "/api/v1/contacts/{id}/merge/",
    } <= set(schema["paths"])
    page = Client().get("/api/v1/docs/")
    assert page.status_code == 200
    assert b"<script>" not in page.content
