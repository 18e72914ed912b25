"""Texts that WeChat has approved, for when a free answer is not allowed any more.

Source: developers.weixin.qq.com/doc/service/guide/product/template_message/Template_Message_Interface.html.
"""

import re
from collections.abc import Sequence

from channels_social import calling
from channels_social.reading import Node
from channels_social.tencent.api import Api
from channels_social.wechat.client import api_of
from channels_social.wechat.errors import UNKNOWN_TEMPLATE
from csplatform.gateway.contract import AccountConfig, Template, TemplateUse
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable

LANGUAGE = "zh-CN"
_PLACE = re.compile(r"\{\{(\w+)\.DATA\}\}")


def ask(account: AccountConfig) -> Sequence[Template]:
    """Return the account's templates; each is called by its id, and its text begins with its title."""
    try:
        return [_template(entry) for entry in _kept(api_of(account))]
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None


def send(api: Api, person: str, use: TemplateUse) -> str:
    """Send a template with its places filled; returns WeChat's id for it."""
    names = _names(api, use.name)
    if len(names) != len(use.values):
        raise SendFailed(UNKNOWN_TEMPLATE)
    data = {name: {"value": value} for name, value in zip(names, use.values, strict=True)}
    body = {"touser": person, "template_id": use.name, "data": data}
    said = api.post("cgi-bin/message/template/send", body, takes_message=True)
    try:
        return said.identifier("msgid")
    except Unreadable:
        raise SendUncertain(calling.UNNAMED) from None


def _names(api: Api, template_id: str) -> list[str]:
    """Return the names of a template's places, in their order."""
    try:
        for entry in _kept(api):
            if entry.text("template_id") == template_id:
                return list(dict.fromkeys(_PLACE.findall(entry.text("content"))))
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None
    raise SendFailed(UNKNOWN_TEMPLATE)


def _kept(api: Api) -> list[Node]:
    return api.get("cgi-bin/template/get_all_private_template").children("template_list")


def _template(entry: Node) -> Template:
    text = entry.text("content").strip()
    places = tuple(dict.fromkeys(found[0] for found in _PLACE.finditer(text)))
    title = entry.optional_text("title").strip()
    return Template(entry.text("template_id"), LANGUAGE, f"{title}\n{text}" if title else text, places)
