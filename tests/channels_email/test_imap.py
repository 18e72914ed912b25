"""Fetching from a real IMAP server."""

from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from channels_email.channel import EmailChannel
from channels_email.transports.imap.fetching import Batch
from csplatform.gateway.contract import AccountConfig, Cursor, FetchResult
from csplatform.gateway.errors import SendUnavailable
from tests.channels_email.mailboxes import START, Box, bodies, needs_dovecot
from tests.channels_email.mails import mail
from tests.platforms.dovecot import USER

pytestmark = needs_dovecot


def numbered(*numbers: int) -> list[bytes]:
    return [mail(f"Message-ID: <{number}@customer.example>", body=f"{number}\r\n") for number in numbers]


def test_new_mail_comes_once_in_order_and_stays_unseen(box: Box) -> None:
    first, second, third = (mail(body=f"{name} \xe5\r\n".encode("latin-1")) for name in ("one", "two", "three"))
    box.put(first, second)
    result = box.fetch()
    assert bodies(result) == [first, second]
    assert result.more is False
    assert result.deliveries[0].method == "IMAP"
    assert result.deliveries[0].headers["x-imap-folder"] == box.name
    box.put(third)
    later = box.fetch(result.cursor)
    assert bodies(later) == [third]
    assert bodies(box.fetch(later.cursor)) == []
    assert box.fetch(later.cursor).cursor == later.cursor
    assert box.uids(criteria="UNSEEN") == [1, 2, 3]


def test_mail_that_somebody_has_read_is_fetched_all_the_same(box: Box) -> None:
    box.put(mail(), flags=[rb"\Seen"])
    assert bodies(box.fetch()) == [mail()]


def test_the_date_of_a_mail_does_not_matter(box: Box) -> None:
    cursor = box.fetch().cursor
    old = mail("Date: Mon, 02 Mar 1998 10:00:00 +0000")
    box.put(old, msg_time=datetime(1998, 3, 2, tzinfo=UTC))
    assert bodies(box.fetch(cursor)) == [old]


def test_deleted_mail_leaves_no_hole(box: Box) -> None:
    box.put(*numbered(1, 2, 3))
    cursor = box.fetch().cursor
    box.client.select_folder(box.name)
    box.client.delete_messages([2, 3])
    box.client.expunge()
    assert bodies(box.fetch(cursor)) == []
    box.put(*numbered(4))
    assert bodies(box.fetch(cursor)) == numbered(4)


def test_a_full_mailbox_comes_in_batches(box: Box) -> None:
    box.put(*numbered(*range(7)))
    cursor, found, mores = START, [], []
    for _round in range(3):
        result = box.fetch(cursor, batch=Batch(mails=3))
        cursor = result.cursor
        found += bodies(result)
        mores.append(result.more)
    assert found == numbered(*range(7))
    assert mores == [True, True, False]


def test_a_batch_has_a_size_too_and_a_big_mail_still_comes(box: Box) -> None:
    big, small = mail(body="x" * 5000 + "\r\n"), mail(body="y\r\n")
    box.put(big, small)
    result = box.fetch(batch=Batch(size=1000))
    assert (bodies(result), result.more) == ([big], True)
    assert bodies(box.fetch(result.cursor, batch=Batch(size=1000))) == [small]


@pytest.mark.parametrize("group", [1, 400, 1000])
def test_however_many_are_asked_for_at_once_all_come(box: Box, group: int) -> None:
    box.put(*numbered(*range(9)))
    assert bodies(box.fetch(batch=Batch(group=group))) == numbered(*range(9))


def test_of_a_mail_over_the_limit_the_beginning_comes(box: Box, settings: Settings) -> None:
    settings.MAX_MAIL_BYTES = 2000
    big = mail(body="x" * 5000 + "\r\n")
    box.put(big, mail())
    result = box.fetch()
    assert bodies(result) == [big[:2000], mail()]
    assert [delivery.headers.get("x-truncated") for delivery in result.deliveries] == [str(len(big)), None]


def test_old_mail_can_be_left_where_it_is(box: Box) -> None:
    box.put(mail(body="old\r\n"))
    cursor = box.fetch(imap_skip_existing=True).cursor
    box.put(mail(body="new\r\n"))
    assert bodies(box.fetch(cursor, imap_skip_existing=True)) == [mail(body="new\r\n")]


def test_mail_that_came_while_reading_asks_for_another_round(box: Box) -> None:
    box.put(*numbered(1))
    found: list[bytes] = []
    cursor = START
    for number in (2, 3):
        result = box.fetch(cursor)
        found += bodies(result)
        cursor = result.cursor
        box.put(*numbered(number))
    assert found == numbered(1, 2)
    assert box.fetch(cursor).more is False


# Generations --------------------------------------------------------------------------------------------------


def test_a_folder_of_another_generation_is_read_from_the_start(box: Box) -> None:
    box.put(*numbered(1, 2))
    before = box.fetch().cursor
    box.begin_anew(*numbered(2, 3))
    after = box.fetch(before)
    assert bodies(after) == numbered(2, 3)
    assert after.deliveries[0].headers["x-imap-uidvalidity"] != before.value["folders"][box.name]["uidvalidity"]
    assert bodies(box.fetch(after.cursor)) == []


def test_in_another_generation_old_mail_is_still_left_and_what_came_meanwhile_is_not(box: Box) -> None:
    before = datetime(2020, 1, 1, tzinfo=UTC)
    box.put(*numbered(1, 2), msg_time=before)
    cursor = box.fetch(imap_skip_existing=True).cursor
    box.begin_anew(*numbered(1, 2), msg_time=before)
    box.put(*numbered(3))
    result = box.fetch(cursor, imap_skip_existing=True)
    assert bodies(result) == numbered(3)
    box.put(*numbered(4), msg_time=before)  # moved here from an archive: new in this folder
    assert bodies(box.fetch(result.cursor, imap_skip_existing=True)) == numbered(4)


def test_a_folder_named_later_does_not_bring_what_was_there_before_the_account(box: Box) -> None:
    cursor = box.fetch(imap_skip_existing=True).cursor
    box.client.create_folder(f"{box.name}b")
    box.put(*numbered(1), folder=f"{box.name}b", msg_time=datetime(2020, 1, 1, tzinfo=UTC))
    box.put(*numbered(2), folder=f"{box.name}b")
    result = box.fetch(cursor, imap_skip_existing=True, imap_folder=[box.name, f"{box.name}b"])
    assert bodies(result) == numbered(2)


def test_a_cursor_from_before_there_were_folders_goes_on(box: Box) -> None:
    box.put(*numbered(1, 2))
    uidvalidity = int(box.fetch().deliveries[0].headers["x-imap-uidvalidity"])
    assert bodies(box.fetch(Cursor({"uidvalidity": uidvalidity, "uid": 1}))) == numbered(2)


# Folders ------------------------------------------------------------------------------------------------------


def test_several_folders_are_read_and_the_junk_says_so(box: Box) -> None:
    for extra in ("sales", "junk"):
        box.client.create_folder(f"{box.name}-{extra}")
    folders = {"imap_folder": f"{box.name}, {box.name}-sales", "imap_junk_folder": f"{box.name}-junk"}
    box.put(*numbered(1))
    box.put(*numbered(2), folder=f"{box.name}-sales")
    box.put(*numbered(3), folder=f"{box.name}-junk")
    result = box.fetch(**folders)
    assert bodies(result) == numbered(1, 2, 3)
    assert [delivery.headers.get("x-imap-junk") for delivery in result.deliveries] == [None, None, "1"]
    box.put(*numbered(4), folder=f"{box.name}-junk")
    assert bodies(box.fetch(result.cursor, **folders)) == numbered(4)
    (spam,) = EmailChannel(box.config()).parse(result.deliveries[2])
    assert getattr(spam, "spam", None) is True


def test_folders_share_a_batch(box: Box) -> None:
    box.client.create_folder(f"{box.name}b")
    box.put(*numbered(1, 2))
    box.put(*numbered(3, 4), folder=f"{box.name}b")
    folders = [box.name, f"{box.name}b"]
    first = box.fetch(batch=Batch(mails=3), imap_folder=folders)
    assert (bodies(first), first.more) == (numbered(1, 2, 3), True)
    second = box.fetch(first.cursor, batch=Batch(mails=3), imap_folder=folders)
    assert (bodies(second), second.more) == (numbered(4), False)


def test_folders_with_names_in_any_script(box: Box) -> None:
    box.client.create_folder(f"{box.name} サポート & Größe, alt")
    box.put(*numbered(1), folder=f"{box.name} サポート & Größe, alt")
    assert bodies(box.fetch(imap_folder=[f"{box.name} サポート & Größe, alt"])) == numbered(1)


def test_a_missing_folder_is_said_plainly_and_keeps_no_other_waiting(box: Box) -> None:
    folders = {"imap_folder": [f"{box.name}-nowhere", box.name]}
    box.put(*numbered(1))
    result = box.fetch(**folders)
    assert bodies(result) == numbered(1)
    with pytest.raises(SendUnavailable, match=f"“{box.name}-nowhere” cannot be opened"):
        box.fetch(result.cursor, **folders)


def test_a_folder_that_is_moved_away_and_back_loses_nothing(box: Box) -> None:
    box.put(*numbered(1))
    cursor = box.fetch().cursor
    box.client.rename_folder(box.name, f"{box.name}-moved")
    with pytest.raises(SendUnavailable, match="cannot be opened"):
        box.fetch(cursor)
    box.put(*numbered(2), folder=f"{box.name}-moved")
    box.client.rename_folder(f"{box.name}-moved", box.name)
    assert bodies(box.fetch(cursor)) == numbered(2)


# What is done with mail that is stored ------------------------------------------------------------------------


def test_mail_is_moved_once_the_next_call_shows_that_it_is_stored(box: Box) -> None:
    moving = {"imap_after": "move", "imap_after_folder": f"{box.name}-done"}
    box.put(*numbered(1, 2))
    first = box.fetch(**moving)
    assert bodies(first) == numbered(1, 2)
    assert box.uids() == [1, 2]
    box.put(*numbered(3))
    again = box.fetch(**moving)  # the first call's mails were not stored: nobody has its cursor
    assert bodies(again) == numbered(1, 2, 3)
    second = box.fetch(first.cursor, **moving)
    assert bodies(second) == numbered(3)
    assert box.uids() == [3]
    box.fetch(second.cursor, **moving)
    assert box.uids() == []
    assert box.uids(f"{box.name}-done", "UNSEEN") == [1, 2, 3]


def test_mail_is_deleted_and_what_people_have_marked_is_not(box: Box) -> None:
    box.put(*numbered(1, 2))
    cursor = box.fetch(imap_after="delete").cursor
    box.put(*numbered(3), flags=[rb"\Deleted"])
    box.fetch(cursor, imap_after="delete")
    assert box.uids() == [3]


def test_what_is_stored_in_part_or_was_skipped_stays(box: Box, settings: Settings) -> None:
    box.put(*numbered(1))
    options = {"imap_after": "delete", "imap_skip_existing": True}
    cursor = box.fetch(**options).cursor
    settings.MAX_MAIL_BYTES = 2000
    box.put(mail(body="x" * 5000 + "\r\n"), *numbered(3))
    cursor = box.fetch(cursor, **options).cursor
    cursor = box.fetch(cursor, **options).cursor
    assert box.uids() == [1, 2]
    assert bodies(box.fetch(cursor, **options)) == []
    assert box.uids() == [1, 2]


def test_skipped_mail_of_another_generation_stays_too(box: Box) -> None:
    before = datetime(2020, 1, 1, tzinfo=UTC)
    options = {"imap_after": "delete", "imap_skip_existing": True}
    cursor = box.fetch(**options).cursor
    box.begin_anew(*numbered(1), msg_time=before)
    box.put(*numbered(2))
    cursor = box.fetch(cursor, **options).cursor
    box.fetch(cursor, **options)
    assert box.uids() == [1]


def test_mail_that_was_kept_until_now_stays(box: Box) -> None:
    box.put(*numbered(1))
    cursor = box.fetch().cursor
    box.put(*numbered(2))
    cursor = box.fetch(cursor, imap_after="delete").cursor
    box.fetch(cursor, imap_after="delete")
    assert box.uids() == [1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"imap_after": "move"}, "must be another"),
        ({"imap_after": "move", "imap_after_folder": "{box}"}, "must be another"),
        ({"imap_after": "burn"}, "keep, move or delete"),
    ],
)
def test_what_cannot_be_done_is_said_and_mail_still_comes(box: Box, options: dict[str, str], words: str) -> None:
    given = {name: value.replace("{box}", box.name) for name, value in options.items()}
    box.put(*numbered(1))
    first = box.fetch(**given)
    box.put(*numbered(2))
    second = box.fetch(first.cursor, **given)
    assert bodies(second) == numbered(2)
    with pytest.raises(SendUnavailable, match=words):
        box.fetch(second.cursor, **given)
    assert box.uids() == [1, 2]


def test_an_account_without_imap_is_not_polled() -> None:
    cursor = Cursor({"uid": 3})
    account = AccountConfig(1, "Support", USER, {}, {})
    assert EmailChannel(account).fetch(cursor) == FetchResult((), cursor)
