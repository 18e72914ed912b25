"""Making and changing people."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from csplatform.people.models import Role, Team, User
from tests.factories import make_team, make_user
from tests.people.test_admin_pages import logged_in

pytestmark = pytest.mark.django_db
ADD = "/admin/people/user/add/"


@pytest.fixture
def client() -> Client:
    return logged_in(make_user(role=Role.ADMINISTRATOR))


def filled(**changed: object) -> dict[str, object]:
    person = {
        "name": "Ada Lovelace",
        "email": "Ada@Desk.example",
        "password1": "a-long-pass-phrase",
        "password2": "a-long-pass-phrase",
        "role": "supervisor",
        "language": "zh-hans",
        "timezone": "Asia/Shanghai",
    }
    return person | changed


def test_a_new_person_can_log_in(client: Client) -> None:
    team = make_team()
    assert client.post(ADD, filled(teams=[team.pk])).status_code == 302
    ada = User.objects.get(email="ada@desk.example")
    assert ada.check_password("a-long-pass-phrase")
    assert (ada.role, ada.language, ada.timezone, ada.is_superuser) == ("supervisor", "zh-hans", "Asia/Shanghai", False)
    assert list(ada.teams.all()) == [team]


@pytest.mark.parametrize(
    "wrong", [{"password2": "something-else-1"}, {"timezone": "Mars/Base"}, {"language": "xx"}, {"email": "nobody"}]
)
def test_what_makes_no_sense_is_refused(client: Client, wrong: dict[str, str]) -> None:
    assert client.post(ADD, filled(**wrong)).status_code == 200
    assert not User.objects.filter(name="Ada Lovelace").exists()


def test_changing_the_role_changes_the_rights(client: Client) -> None:
    ada = make_user(name="Ada")
    body = {"name": "Ada", "email": ada.email, "role": "administrator", "timezone": "UTC", "is_active": "on"}
    assert client.post(reverse("admin:people_user_change", args=[ada.pk]), body).status_code == 302
    ada.refresh_from_db()
    assert (ada.role, ada.is_superuser) == ("administrator", True)


def test_an_old_address_no_longer_logs_in(client: Client) -> None:
    ada = make_user(name="Ada", email="old@desk.example")
    EmailAddress.objects.create(user=ada, email="old@desk.example", primary=True)
    body = {"name": "Ada", "email": "new@desk.example", "role": "agent", "timezone": "UTC", "is_active": "on"}
    assert client.post(reverse("admin:people_user_change", args=[ada.pk]), body).status_code == 302
    assert not EmailAddress.objects.filter(email="old@desk.example").exists()


def test_a_new_password_is_set_by_form(client: Client) -> None:
    ada = make_user()
    url = reverse("admin:auth_user_password_change", args=[ada.pk])
    body = {"password1": "another-pass-phrase", "password2": "another-pass-phrase"}
    assert client.post(url, body).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password("another-pass-phrase")


def test_nobody_is_deleted(client: Client) -> None:
    ada = make_user()
    assert client.post(reverse("admin:people_user_delete", args=[ada.pk]), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=ada.pk).exists()


def test_the_admins_own_login_page_leads_to_the_one_with_rate_limits() -> None:
    answer = Client().get("/admin/login/?next=/admin/people/user/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_teams_count_their_active_members(client: Client) -> None:
    team = Team.objects.create(name="Shop")
    make_user(teams=[team])
    make_user(teams=[team], is_active=False)
    page = client.get(reverse("admin:people_team_changelist"))
    assert [row.people for row in page.context["cl"].result_list] == [1]
