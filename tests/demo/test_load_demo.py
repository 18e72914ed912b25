"""The demo: loaded once, through the flows, without reaching anybody."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F
from pytest_django import Settings

from csplatform.common import clock
from csplatform.contacts.models import Contact
from csplatform.conversations.models import Conversation, Dispatch, DispatchState, Message, MessageKind, Status
from csplatform.flows.demo import load
from csplatform.flows.demo.company import PASSWORD, PEOPLE
from csplatform.knowledge.models import CannedReply, SystemText
from csplatform.people.models import Role, User
from csplatform.sla.models import Clock

pytestmark = pytest.mark.django_db

LANGUAGES = ("en", "zh_hans", "es", "ja", "ar")


def _load(*arguments: str) -> str:
    out = StringIO()
    call_command("load_demo", *arguments, stdout=out)
    return out.getvalue()


def _sizes() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (User, Contact, Conversation, Message, Dispatch, CannedReply))


def test_loads_once_and_prints_its_logins_each_time(settings: Settings) -> None:
    first = _load("--force")
    before = _sizes()
    settings.DEBUG = True
    assert _load() == first
    assert _sizes() == before
    for person in PEOPLE:
        assert person.email in first
        assert User.objects.get(email=person.email).check_password(PASSWORD)
    assert PASSWORD in first


def test_refuses_in_production_and_changes_nothing() -> None:
    with pytest.raises(CommandError):
        _load()
    assert _sizes() == (0, 0, 0, 0, 0, 0)


def test_tells_a_month_of_stories() -> None:
    with transaction.atomic():
        count = load.load()
        assert not transaction.get_connection().run_on_commit
    now = clock.now()
    assert Conversation.objects.count() == count == 61
    assert Contact.objects.count() == 51
    assert set(Conversation.objects.values_list("account__channel", flat=True).distinct()) == {
        "email",
        "webchat",
        "telegram",
        "whatsapp",
    }
    assert {"en", "zh-Hans", "zh-Hant", "es", "ja", "ar", "fr", "ko"} <= set(
        Conversation.objects.values_list("language", flat=True)
    )
    assert not Message.objects.filter(created_at__gt=now).exists()
    assert Message.objects.filter(created_at__lt=now - timedelta(days=25)).exists()
    assert not Dispatch.objects.exclude(state__in=[DispatchState.ACCEPTED, DispatchState.READ]).exists()
    assert set(Conversation.objects.values_list("status", flat=True)) >= {Status.OPEN, Status.PENDING, Status.SPAM}
    _check_history_and_clocks()
    _check_people_and_texts()


def _check_history_and_clocks() -> None:
    resolved = Conversation.objects.filter(status=Status.RESOLVED)
    assert resolved.filter(messages__verb="resolved").count() == resolved.count() > 40
    assert not resolved.filter(resolved_at__isnull=True).exists()
    assert Clock.objects.filter(kind="first_response", credited_to__isnull=False).count() > 40
    counted = Conversation.objects.annotate(count=Count("messages"))
    assert not counted.exclude(count=F("last_seq")).exists()
    assert Message.objects.filter(kind=MessageKind.REPLY, state="read").exists()


def _check_people_and_texts() -> None:
    assert User.objects.filter(role=Role.AGENT).count() == 5
    assert User.objects.get(email="admin@demo.example").is_superuser
    assert CannedReply.objects.count() >= 8
    assert SystemText.objects.count() == 2
    for text in (*CannedReply.objects.all(), *SystemText.objects.all()):
        for language in LANGUAGES:
            assert getattr(text, f"body_{language}"), (text, language)
            braces = text.body_en.count("{{")
            assert getattr(text, f"body_{language}").count("{{") == braces, (text, language)
