"""What an account may ask of Weibo. Its APIs live on several hosts; the setting `api_base` replaces them all."""

import json
from typing import Any
from urllib.parse import urlencode

import httpx

from channels_social import calling
from channels_social.calling import Line
from channels_social.reading import Node, node, read
from channels_social.weibo import errors
from csplatform.gateway.contract import AccountConfig, Download
from csplatform.gateway.errors import SendUnavailable, SendUncertain, Unreadable

MESSAGES = "https://m.api.weibo.com"
FILES = "https://upload.api.weibo.com"
ACCOUNTS = "https://api.weibo.com"
MAX_DOWNLOAD = 50_000_000


def reply(account: AccountConfig, person: str, kind: str, data: dict[str, Any]) -> None:
    """Send a message of any kind. Weibo gives it no id.

    Raises SendFailed, SendUnavailable, SendUncertain. Source: open.weibo.com/wiki/Send_Customer_Service_Message.
    """
    form = {"type": kind, "data": json.dumps(data, ensure_ascii=False), "receiver_id": person, "save_sender_box": 1}
    token = calling.credential(account, "access_token")
    line = Line.of(account, MESSAGES)
    answer = line.call("POST", "2/messages/reply.json", takes_message=True, params={"access_token": token}, data=form)
    try:
        taken = _said(answer).values.get("result") is True
    except Unreadable:
        taken = False
    if not taken:
        raise SendUncertain(calling.UNNAMED)


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch a picture or a recording that somebody sent."""
    token = calling.credential(account, "access_token")
    line = Line.of(account, FILES)
    query = urlencode({"fid": ref, "access_token": token})
    found = line.fetch(f"{line.base}/2/mss/msget?{query}", limit=MAX_DOWNLOAD)
    if found.content_type == "application/json":
        try:
            raise errors.failure(read(found.data), 200)
        except Unreadable:
            raise SendUnavailable(calling.BROKEN_OFF) from None
    return found


def token_info(account: AccountConfig) -> Node:
    """Return what Weibo says of the access token: whose it is, and for how many seconds.

    Raises SendFailed, SendUnavailable. Source: open.weibo.com/wiki/Oauth2/get_token_info.
    """
    token = calling.credential(account, "access_token")
    line = Line.of(account, ACCOUNTS)
    answer = line.call("POST", "oauth2/get_token_info", takes_message=False, data={"access_token": token})
    try:
        return _said(answer)
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None


def _said(answer: httpx.Response) -> Node:
    """Return what Weibo says where that is no refusal. Raises SendFailed, Unreadable."""
    try:
        said = node(answer.json(), "answer")
    except ValueError:
        said = Node({}, "answer")
    if answer.status_code != 200 or said.has("error_code"):
        raise errors.failure(said, answer.status_code)
    return said
