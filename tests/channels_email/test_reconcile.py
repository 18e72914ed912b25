"""What is on the server, what is stored, and every difference between the two."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from channels_email.reconcile import Report, reconcile
from channels_email.tasks import reconcile_account, reconcile_accounts
from csplatform.common import clock
from csplatform.doors.polling import poll
from csplatform.gateway.models import ChannelAccount, DeliveryState, InboundDelivery
from tests.channels_email.mailboxes import Box, needs_dovecot
from tests.channels_email.mails import mail
from tests.platforms.dovecot import USER

pytestmark = [needs_dovecot, pytest.mark.django_db]


def numbered(*numbers: int) -> list[bytes]:
    return [mail(f"Message-ID: <{number}@customer.example>", body=f"{number}\r\n") for number in numbers]


@pytest.fixture
def account(box: Box) -> ChannelAccount:
    return make(box)


def make(box: Box, **settings: Any) -> ChannelAccount:
    config = box.config(**settings)
    return ChannelAccount.objects.create(
        channel="email", name="Support", address=USER, credentials=config.credentials, settings=config.settings
    )


@pytest.fixture
def polled(account: ChannelAccount, box: Box, rung: Any) -> ChannelAccount:
    """The account, with two mails on the server that were fetched and understood."""
    box.put(*numbered(1, 2))
    with rung():
        poll(account.pk)
    return account


def report_of(account: ChannelAccount, *, later: timedelta = timedelta(hours=1)) -> Report:
    account.refresh_from_db()
    with clock.frozen(clock.now() + later):
        return reconcile(account)


def command(*arguments: str) -> tuple[int, str]:
    """Return the command's exit code, and what it says."""
    said = StringIO()
    try:
        call_command("reconcile_mail", *arguments, stdout=said)
    except SystemExit as ended:
        return int(ended.code or 0), said.getvalue()
    return 0, said.getvalue()


def test_where_everything_is_stored_nothing_differs(polled: ChannelAccount) -> None:
    report = report_of(polled)
    (folder,) = report.folders
    assert (folder.on_server, folder.stored, folder.left, folder.coming) == (2, 2, 0, 0)
    assert not report.differs
    code, said = command()
    assert code == 0
    assert said.splitlines() == [
        f"{USER}: nothing differs",
        f"  {folder.name}: 2 on the server, 2 of them stored, 0 left alone, 0 on their way",
    ]


def test_a_mail_that_was_not_stored_is_named(polled: ChannelAccount, box: Box) -> None:
    InboundDelivery.objects.filter(**{"headers__x-imap-uid": "2"}).update(account=make_other())
    report = report_of(polled)
    (missing,) = report.folders[0].missing
    assert (missing.uid, missing.message_id) == (2, "2@customer.example")
    assert (missing.sender, missing.subject) == ("Ada Lovelace <ada@customer.example>", "A question")
    assert missing.date == "Mon, 02 Mar 2026 10:00:00 +0000"
    code, said = command()
    assert code == 1
    assert "not stored: UID 2, <2@customer.example>, Mon, 02 Mar 2026" in said


def make_other() -> ChannelAccount:
    return ChannelAccount.objects.create(channel="loopback", name="Other", address="other")


def test_what_came_just_now_is_on_its_way_and_an_hour_later_missing(polled: ChannelAccount, box: Box) -> None:
    box.put(*numbered(3))
    now = report_of(polled, later=timedelta())
    assert (now.folders[0].coming, now.differs) == (1, False)
    later = report_of(polled)
    assert (later.folders[0].coming, later.missing) == (0, 1)


def test_a_hole_is_missing_however_young_it_is(polled: ChannelAccount) -> None:
    InboundDelivery.objects.filter(**{"headers__x-imap-uid": "1"}).update(account=make_other())
    assert report_of(polled, later=timedelta()).missing == 1


def test_a_mail_without_an_id_is_named_by_its_uid(polled: ChannelAccount, box: Box) -> None:
    box.put(mail("Message-ID: -", "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?="))
    (missing,) = report_of(polled).folders[0].missing
    assert (missing.uid, missing.message_id, missing.subject) == (3, "", "Grüße")
    box.put(b"no header at all\r\n")
    assert len(report_of(polled).folders[0].missing) == 2


def test_what_is_stored_twice_is_named(polled: ChannelAccount) -> None:
    first, *_others = InboundDelivery.objects.order_by("id")
    twin = InboundDelivery.objects.create(
        account=polled, headers=first.headers, body=first.body, method="IMAP", state="done", events=1
    )
    (doubled,) = report_of(polled).folders[0].doubled
    assert (doubled.uid, doubled.deliveries) == (1, (first.pk, twin.pk))
    assert command()[0] == 1


@pytest.mark.parametrize("state", [DeliveryState.WAITING, DeliveryState.QUARANTINED, DeliveryState.DISCARDED])
def test_what_has_no_message_is_named_with_its_reason(polled: ChannelAccount, state: DeliveryState) -> None:
    InboundDelivery.objects.filter(**{"headers__x-imap-uid": "2"}).update(state=state, error="a bad mail")
    (unfinished,) = report_of(polled).unfinished
    assert (unfinished.state, unfinished.reason, unfinished.uid) == (state, "a bad mail", "2")
    with clock.frozen(clock.now() + timedelta(hours=1)):
        assert command()[0] == 1


def test_mail_by_smtp_is_looked_at_too() -> None:
    account = ChannelAccount.objects.create(channel="email", name="Plain", address="plain@shop.example")
    InboundDelivery.objects.create(account=account, body=b"?", method="SMTP", state="quarantined", error="no mail")
    report = reconcile(account)
    assert [item.reason for item in report.unfinished] == ["no mail"]
    assert report.folders == ()


def test_what_waits_for_a_moment_is_no_difference(polled: ChannelAccount) -> None:
    InboundDelivery.objects.update(state=DeliveryState.WAITING)
    assert not report_of(polled, later=timedelta()).differs


def test_mail_that_was_skipped_is_no_difference(box: Box, rung: Any) -> None:
    box.put(*numbered(1, 2))
    account = make(box, imap_skip_existing=True)
    poll(account.pk)
    box.put(*numbered(3))
    with rung():
        poll(account.pk)
    report = report_of(account)
    assert (report.folders[0].left, report.folders[0].stored, report.differs) == (2, 1, False)


def test_skipped_mail_of_another_generation_is_no_difference(box: Box, rung: Any) -> None:
    box.put(*numbered(1), msg_time=datetime(2020, 1, 1, tzinfo=UTC))
    account = make(box, imap_skip_existing=True)
    poll(account.pk)
    box.begin_anew(*numbered(1), msg_time=datetime(2020, 1, 1, tzinfo=UTC))
    box.put(*numbered(2))
    with rung():
        poll(account.pk)
    report = report_of(account)
    assert (report.folders[0].left, report.folders[0].stored, report.differs) == (1, 1, False)


def test_a_generation_that_was_not_read_yet_is_missing(polled: ChannelAccount, box: Box, rung: Any) -> None:
    box.begin_anew(*numbered(1, 2, 3))
    assert report_of(polled).missing == 3
    with rung():
        poll(polled.pk)
    assert not report_of(polled).differs


def test_a_server_that_is_away_is_said(polled: ChannelAccount) -> None:
    polled.settings |= {"imap_port": 9}
    polled.save()
    assert "cannot be reached" in report_of(polled).trouble[0]
    code, said = command()
    assert code == 1
    assert "cannot be compared" in said


def test_one_folder_that_is_away_hides_no_other(polled: ChannelAccount, box: Box) -> None:
    polled.settings |= {"imap_folder": ["nowhere", box.name]}
    polled.save()
    report = report_of(polled)
    assert [folder.stored for folder in report.folders] == [2]
    assert "nowhere" in report.trouble[0]


def test_the_command_speaks_json_and_knows_accounts_by_address(polled: ChannelAccount) -> None:
    make_other()
    code, said = command("--json", "--account", USER.upper())
    (report,) = json.loads(said)
    assert (code, report["address"], report["folders"][0]["stored"]) == (0, USER, 2)
    with pytest.raises(CommandError, match="no active e-mail account"):
        command("--account", "nobody@shop.example")


def test_every_day_the_result_is_written_down(polled: ChannelAccount, box: Box, rung: Any) -> None:
    reconcile_account(polled.pk)
    polled.refresh_from_db()
    assert polled.last_error == ""
    InboundDelivery.objects.filter(**{"headers__x-imap-uid": "2"}).update(account=make_other())
    with rung():
        assert reconcile_accounts() == 1
    polled.refresh_from_db()
    assert polled.last_error == "mail: 1 on the server and not stored"
    reconcile_account(0)


def test_a_large_mailbox_is_compared_with_few_questions(account: ChannelAccount, box: Box) -> None:
    """Whatever is stored costs one line of an answer, not a question."""
    box.client.multiappend(box.name, numbered(*range(1500)))
    box.client.select_folder(box.name)
    uidvalidity = str(int(box.client.folder_status(box.name, ["UIDVALIDITY"])[b"UIDVALIDITY"]))
    headers = {"x-imap-folder": box.name, "x-imap-uidvalidity": uidvalidity}
    InboundDelivery.objects.bulk_create(
        InboundDelivery(account=account, body=b"", state="done", events=1, headers=headers | {"x-imap-uid": str(uid)})
        for uid in range(3, 1501)
    )
    report = report_of(account)
    assert [mail.uid for mail in report.folders[0].missing] == [1, 2]
