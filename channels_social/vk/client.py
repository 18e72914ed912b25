"""Calling the VK API. It answers 200 to almost everything: what became of a call stands in the body."""

from typing import Any
from urllib.parse import urlsplit

import httpx

from channels_social import calling
from channels_social.reading import Node, node
from channels_social.vk import errors, ids
from csplatform.gateway.contract import AccountConfig, Download, OutboundAttachment, Profile
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable

API_BASE = "https://api.vk.com"
VERSION = "5.199"
MAX_DOWNLOAD = 200_000_000
# Where VK keeps files and takes uploads.
HOSTS = ("vk.com", "vk.ru", "userapi.com", "vk-cdn.net", "vkuser.net", "vkuseraudio.net", "vkuservideo.net", "mycdn.me")


class VkApi:
    """The methods of one community; its token goes with the body, never with an address."""

    def __init__(self, account: AccountConfig) -> None:
        self._line = calling.Line.of(account, API_BASE)
        self._token = calling.credential(account, "access_token")
        self.community = account.address

    def send(self, person: str, parameters: dict[str, Any]) -> str:
        """Return the external id of what VK sent to `person`. Raises SendFailed, SendUnavailable, SendUncertain."""
        # With `peer_ids`, though it is one, VK names the number that edits, reactions and read marks will name.
        asked = {"peer_ids": person, "group_id": self.community, **parameters}
        try:
            answer = self._post("messages.send", asked, takes_message=True)
            (item,) = answer.children("response")
            if trouble := item.optional_child("error"):
                raise errors.failure(int(trouble.number("code")), trouble.optional_text("description"))
            return ids.message_id(person, item.identifier("conversation_message_id"))
        except (Unreadable, ValueError):
            raise SendUncertain(calling.UNNAMED) from None

    def ask(self, method: str, **parameters: Any) -> Node:
        """Return the whole answer to a question. Raises SendFailed, SendUnavailable, Unreadable."""
        return self._post(method, parameters, takes_message=False)

    def upload(self, person: str, file: OutboundAttachment, *, as_photo: bool) -> str:
        """Return a file's name among VK's, as `attachment` wants it, once it lies there.

        Raises SendFailed, SendUnavailable.
        """
        try:
            return self._photo(person, file) if as_photo else self._document(person, file)
        except (Unreadable, IndexError):
            raise SendUnavailable(calling.BROKEN_OFF) from None

    def file(self, url: str) -> Download:
        """Return a file of a customer, from VK's own hosts only. Raises SendUnavailable, SendFailed once gone."""
        if not self._is_vk(url):
            raise SendFailed(calling.FILE_GONE)
        return self._line.fetch(url, limit=MAX_DOWNLOAD, allowed=self._is_vk)

    def _photo(self, person: str, file: OutboundAttachment) -> str:
        place = self.ask("photos.getMessagesUploadServer", peer_id=person).child("response")
        lies = self._put(place.text("upload_url"), "photo", file)
        told = {"server": lies.identifier("server"), "photo": lies.text("photo"), "hash": lies.text("hash")}
        return _name("photo", self.ask("photos.saveMessagesPhoto", **told).children("response")[0])

    def _document(self, person: str, file: OutboundAttachment) -> str:
        place = self.ask("docs.getMessagesUploadServer", type="doc", peer_id=person).child("response")
        lies = self._put(place.text("upload_url"), "file", file)
        saved = self.ask("docs.save", file=lies.text("file"), title=file.name).child("response")
        return _name("doc", saved.child("doc"))

    def _put(self, url: str, field: str, file: OutboundAttachment) -> Node:
        """Upload to an address that VK has named. Raises SendFailed where VK does not want the file."""
        if not self._is_vk(url):
            raise SendFailed(calling.NO_ADDRESS)
        parts = urlsplit(url)
        line = calling.Line(f"{parts.scheme}://{parts.netloc}", self._line.timeout)
        content = {field: (file.name, file.open(), file.content_type)}
        answer = line.call("POST", f"{parts.path.lstrip('/')}?{parts.query}", takes_message=False, files=content)
        lies = _body(answer)
        if lies.has("error"):
            raise SendFailed(
                f"{errors.REFUSED} ({lies.values.get('error_descr') or lies.values['error']})", code="upload"
            )
        return lies

    def _is_vk(self, url: str) -> bool:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_known = parts.scheme == "https" and any(host == name or host.endswith(f".{name}") for name in HOSTS)
        return is_known or url.startswith(f"{self._line.base}/")

    def _post(self, method: str, parameters: dict[str, Any], *, takes_message: bool) -> Node:
        form = {**parameters, "access_token": self._token, "v": VERSION}
        answer = self._line.call("POST", f"method/{method}", takes_message=takes_message, data=form)
        if answer.status_code == 429:
            raise SendUnavailable(errors.SLOW_DOWN, code="429", retry_after=calling.retry_after(answer))
        body = _body(answer)
        if trouble := body.optional_child("error"):
            raise errors.failure(int(trouble.number("error_code")), trouble.optional_text("error_msg"))
        return body


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch the file that a `FileReference` names; the type is told from the bytes."""
    return Download(VkApi(account).file(ref).data)


def profile(account: AccountConfig, person: str) -> Profile:
    """Return what VK tells of a person. Raises SendFailed, SendUnavailable."""
    try:
        (user,) = VkApi(account).ask("users.get", user_ids=person).children("response")
        return Profile(name=f"{user.text('first_name')} {user.optional_text('last_name')}".strip())
    except (Unreadable, ValueError):
        raise SendUnavailable(calling.BROKEN_OFF) from None


def typing(account: AccountConfig, person: str) -> None:
    """Show for ten seconds that the community is typing. Raises SendFailed, SendUnavailable."""
    _tell(account, "messages.setActivity", peer_id=person, type="typing")


def mark_read(account: AccountConfig, person: str, message_id: str) -> None:
    """Show that everything up to a message was read. Raises SendFailed, SendUnavailable."""
    if number := ids.number_of(message_id, person):
        _tell(account, "messages.markAsRead", peer_id=person, up_to_cmid=number)


def _tell(account: AccountConfig, method: str, **parameters: Any) -> None:
    api = VkApi(account)
    try:
        api.ask(method, group_id=api.community, **parameters)
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None


def _name(kind: str, saved: Node) -> str:
    parts = [saved.identifier("owner_id"), saved.identifier("id"), saved.optional_text("access_key")]
    return kind + "_".join(part for part in parts if part)


def _body(answer: httpx.Response) -> Node:
    try:
        return node(answer.json(), "answer")
    except ValueError:
        raise Unreadable("the answer is not JSON") from None
