"""A stand-in for Instagram's messages, with the rules of Meta's pages: by Instagram Login, or by a linked page."""

from datetime import timedelta
from typing import Any, ClassVar

from tests.platforms.base import Answer, Call, as_json, serve
from tests.platforms.fetching import fetch
from tests.platforms.meta import ACCESS_TOKEN, APP_SECRET, PERSON, GraphRefused, MetaStandIn, need

ACCOUNT = "17841405309211844"
LINKED_PAGE = "106540352242923"
# Which types of file it takes as what, and up to how many bytes.
MEDIA = {
    "image": (("image/png", "image/jpeg", "image/gif"), 8_000_000),
    "audio": (("audio/aac", "audio/mp4", "audio/x-m4a", "audio/wav"), 25_000_000),
    "video": (("video/mp4", "video/ogg", "video/quicktime", "video/webm"), 25_000_000),
    "file": (("application/pdf",), 25_000_000),
}


class InstagramStandIn(MetaStandIn):
    """One professional account; with `by_page` the linked page speaks for it, and no other name is known.

    Without a page the token lives for 60 days; `token_age` says how old it is.
    """

    description: ClassVar[str] = __doc__
    product: ClassVar[str] = "instagram"
    public_edge: ClassVar[str] = "replies"

    def __init__(
        self,
        *,
        port: int = 0,
        own: str = ACCOUNT,
        access_token: str = ACCESS_TOKEN,
        app_secret: str = APP_SECRET,
        by_page: bool = False,
    ) -> None:
        self.by_page = by_page
        self.token_age = timedelta(days=30)
        self.renewals = 0
        super().__init__(port=port, own=own, access_token=access_token, app_secret=app_secret)
        self.people[PERSON] = {"name": "Ada Lovelace", "username": "ada99"}

    def places_of_own(self) -> set[str]:
        return {LINKED_PAGE} if self.by_page else {"me", self.own}

    def described(self, path: str) -> dict[str, Any] | None:
        if path == self.own and self.by_page:
            return {"id": self.own, "username": "the.shop"}
        if path == "me" and not self.by_page:
            return {"id": "9876543210", "user_id": self.own, "username": "the.shop"}
        return super().described(path)

    def commented(self, text: str, *, number: int = 1) -> dict[str, Any]:
        """Return the call for a comment below something that the account has posted."""
        comment = f"1787344045914{number:04}"
        self.in_public[comment] = PERSON
        value = {"id": comment, "from": {"id": PERSON, "username": "ada99"}, "media": {"id": "178"}, "text": text}
        return self.entry(field="comments", value=value)

    def seen(self, mid: str, *, at: int = 1772600790000) -> dict[str, Any]:
        """Instagram names the newest message that was read."""
        return self.call(at=at, read={"mid": mid})

    def answer(self, call: Call) -> Answer:
        if (call.method, call.path) == ("GET", "/refresh_access_token") and not self.by_page:
            return self._renewed(call)
        return super().answer(call)

    def _renewed(self, call: Call) -> Answer:
        need(call.query.get("grant_type") == "ig_refresh_token", "grant_type")
        if call.query.get("access_token") != self.access_token or self.token_age > timedelta(days=60):
            raise GraphRefused("Error validating access token: Session has expired", 190, 463)
        need(self.token_age > timedelta(hours=24), "the token must be at least 24 hours old")
        self.renewals += 1
        self.access_token, self.token_age = f"{ACCESS_TOKEN}-renewed-{self.renewals}", timedelta()
        return as_json({"access_token": self.access_token, "token_type": "bearer", "expires_in": 5_184_000})

    def kinds(self) -> set[str | None]:
        return {None, "RESPONSE", "MESSAGE_TAG"}

    def too_late(self) -> int:
        return 2534022

    def parts(self) -> set[str]:
        return {"text", "attachment", "quick_replies"}

    def fits(self, text: str) -> bool:
        return len(text.encode()) <= 1000

    def attached(self, attachment: Any) -> tuple[str, bytes]:
        need(isinstance(attachment, dict) and set(attachment) == {"type", "payload"}, "attachment.type and payload")
        kind, payload = attachment["type"], attachment["payload"]
        need(kind in MEDIA and set(payload) == {"url"}, "an attachment of a known type with a url")
        types, most = MEDIA[kind]
        fetched = fetch(payload["url"])
        need(fetched.content_type in types, f"{kind} of a known type, not {fetched.content_type}")
        need(len(fetched.data) <= most, "a smaller file")
        return fetched.name, fetched.data


if __name__ == "__main__":
    serve(InstagramStandIn, {"own": ACCOUNT, "access_token": ACCESS_TOKEN, "app_secret": APP_SECRET})
