"""Every page of the admin opens, empty and filled, for whom it should, with a constant number of queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.authtoken.models import TokenProxy

from csplatform.automation.models import ScreeningRule
from csplatform.contacts.models import Organisation
from csplatform.conversations.actors import Actor
from csplatform.flows import assign, details
from csplatform.flows.reply import note, reply
from csplatform.gateway.models import InboundDelivery
from csplatform.knowledge.models import CannedReply, SystemText
from csplatform.people.models import Role, User
from csplatform.sla.defaults import ensure_default_policy
from tests.factories import make_account, make_conversation, make_team, make_user

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
ONE_ROW_FOR_EACH = 3


def page(model: type[Model], kind: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="csplatform.people.backends.RoleBackend")
    return client


@pytest.fixture
def administrator() -> User:
    return make_user(role=Role.ADMINISTRATOR)


def fill() -> None:
    """Add a row of everything, each with relations of its own."""
    agent, team = make_user(teams=[make_team()]), make_team()
    account = make_account(team=team)
    ensure_default_policy()
    conversation = make_conversation(account)
    details.add_tag(conversation.pk, f"tag {conversation.pk}", Actor.agent(agent))
    assign.assign(conversation.pk, to=agent, by=Actor.agent(agent))
    reply(conversation.pk, by=agent, text="Hello", key=uuid4())
    note(conversation.pk, by=agent, text="For us", key=uuid4())
    conversation.contact.organisation = Organisation.objects.create(name=f"Company {conversation.pk}")
    conversation.contact.save()
    InboundDelivery.objects.create(account=account, body=b"{}", state="quarantined", error="no JSON")
    CannedReply.objects.create(shortcut=f"hello-{conversation.pk}", title="Hello", body="Hello!", team=team)
    SystemText.objects.get_or_create(key="received", defaults={"body": "Received"})
    TokenProxy.objects.create(user=agent)
    ScreeningRule.objects.create(name="No pills", account=account, field="subject", operator="contains", value="pills")


@contextmanager
def counted() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as queries:
        yield queries


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_lists_open_empty_and_filled_with_constant_queries(administrator: User, model: type[Model]) -> None:
    client = logged_in(administrator)
    assert client.get(page(model, "changelist")).status_code == 200
    fill()
    with counted() as one:
        assert client.get(page(model, "changelist")).status_code == 200
    for _number in range(ONE_ROW_FOR_EACH):
        fill()
    with counted() as many:
        assert client.get(page(model, "changelist")).status_code == 200
    assert len(many) <= len(one)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_each_row_opens(administrator: User, model: type[Model]) -> None:
    fill()
    client = logged_in(administrator)
    row = model._default_manager.order_by("pk").first()
    if row is not None:
        assert client.get(page(model, "change", row.pk)).status_code == 200
    assert client.get(page(model, "add")).status_code in {200, 403}


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.AGENT, set()),
        (Role.SUPERVISOR, {"automation", "conversations", "contacts", "knowledge", "sla"}),
        (Role.ADMINISTRATOR, {model._meta.app_label for model in MODELS}),
    ],
)
def test_roles_open_what_they_may(role: Role, seen: set[str]) -> None:
    client = logged_in(make_user(role=role))
    opened = {model._meta.app_label for model in MODELS if client.get(page(model, "changelist")).status_code == 200}
    assert opened == seen


@pytest.mark.parametrize(
    "name", ["conversations_conversation", "conversations_message", "conversations_dispatch", "contacts_handle"]
)
def test_what_flows_write_is_only_shown(administrator: User, name: str) -> None:
    fill()
    client = logged_in(administrator)
    assert client.get(reverse(f"admin:{name}_add")).status_code == 403
    model = next(model for model in MODELS if f"{model._meta.app_label}_{model._meta.model_name}" == name)
    row = model._default_manager.first()
    assert row is not None
    assert client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert client.post(page(model, "change", row.pk), {}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("language", ["en", "zh-hans", "es", "ja", "ar"])
def test_opens_in_every_language(language: str) -> None:
    client = logged_in(make_user(role=Role.ADMINISTRATOR, language=language))
    answer = client.get(reverse("admin:people_user_changelist"))
    assert answer.status_code == 200
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in answer.content.decode()
