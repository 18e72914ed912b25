"""What a self-built app may ask of WeCom for one customer service account."""

from channels_social import calling
from channels_social.reading import Node
from channels_social.tencent.api import Api, token_of
from channels_social.wecom.errors import WORDS
from csplatform.gateway.contract import AccountConfig, Download, Profile
from csplatform.gateway.errors import SendUnavailable, Unreadable
from csplatform.gateway.tokens import NewToken

API_BASE = "https://qyapi.weixin.qq.com"
# So many customer service accounts are listed at once.
PAGE = 100


def api_of(account: AccountConfig) -> Api:
    """Return the calls of one account, whose address is its open_kfid."""
    return Api(account, API_BASE, WORDS, _token)


def corporation(account: AccountConfig) -> str:
    """Return the corporation's id, for which calls are sealed."""
    return str(account.settings.get("corp_id") or "").strip()


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch a file that a customer sent."""
    return api_of(account).file(ref)


def profile(account: AccountConfig, person: str) -> Profile:
    """Return a customer's nickname; WeCom tells it while they have been active within 48 hours."""
    said = api_of(account).post("cgi-bin/kf/customer/batchget", {"external_userid_list": [person]})
    try:
        names = [customer.optional_text("nickname") for customer in said.children("customer_list")]
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None
    return Profile(name=next(iter(names), ""))


def account_of(account: AccountConfig) -> Node | None:
    """Return what WeCom says of the customer service account, None where it knows none such."""
    api, offset = api_of(account), 0
    while page := api.post("cgi-bin/kf/account/list", {"offset": offset, "limit": PAGE}).children("account_list"):
        for one in page:
            if one.text("open_kfid") == account.address:
                return one
        offset += len(page)
    return None


def _token(api: Api, account: AccountConfig) -> NewToken:
    """Source: developer.work.weixin.qq.com/document/path/91039."""
    secret = calling.credential(account, "secret")
    asked = {"corpid": corporation(account), "corpsecret": secret}
    return token_of(api.plain("cgi-bin/gettoken", "GET", params=asked))
