"""What an Official Account may ask of WeChat."""

from channels_social import calling
from channels_social.tencent.api import Api, token_of
from channels_social.wechat.errors import WORDS
from csplatform.gateway.contract import AccountConfig, Download, Profile
from csplatform.gateway.errors import SendUnavailable, Unreadable
from csplatform.gateway.tokens import NewToken

API_BASE = "https://api.weixin.qq.com"


def api_of(account: AccountConfig) -> Api:
    """Return the calls of one account, whose address is its AppID."""
    return Api(account, API_BASE, WORDS, _token)


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch a file that a customer sent."""
    return api_of(account).file(ref)


def profile(account: AccountConfig, person: str) -> Profile:
    """Return the name that the account's people gave to a follower, and the language.

    WeChat has told no names of their own since December 2021.
    """
    try:
        said = api_of(account).get("cgi-bin/user/info", openid=person, lang="en")
        name = said.optional_text("remark") or said.optional_text("nickname")
        return Profile(name=name, language=said.optional_text("language").replace("_", "-"))
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None


def typing(account: AccountConfig, person: str) -> None:
    """Show that somebody is typing, for 15 seconds at most."""
    api_of(account).post("cgi-bin/message/custom/typing", {"touser": person, "command": "Typing"})


def quota_left(account: AccountConfig) -> int:
    """Return how many customer service messages WeChat takes today; this proves the right to send them."""
    said = api_of(account).post("cgi-bin/openapi/quota/get", {"cgi_path": "/cgi-bin/message/custom/send"})
    return int(said.child("quota").number("remain"))


def _token(api: Api, account: AccountConfig) -> NewToken:
    """Ask for the stable token, which others may ask for too without putting ours out of force.

    Source: developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html.
    """
    secret = calling.credential(account, "app_secret")
    asked = {"grant_type": "client_credential", "appid": account.address, "secret": secret, "force_refresh": False}
    return token_of(api.plain("cgi-bin/stable_token", json=asked))
