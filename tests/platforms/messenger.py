"""A stand-in for Facebook Messenger, with the rules of Meta's pages for its Send API and its webhooks."""

from typing import Any, ClassVar

from tests.platforms.base import Answer, Call, as_json, multipart, serve
from tests.platforms.meta import ACCESS_TOKEN, APP_SECRET, PERSON, GraphRefused, MetaStandIn, described_upload, need

PAGE = "106540352242922"


class MessengerStandIn(MetaStandIn):
    """One Facebook page."""

    description: ClassVar[str] = __doc__
    product: ClassVar[str] = "page"
    public_edge: ClassVar[str] = "comments"

    def __init__(
        self, *, port: int = 0, own: str = PAGE, access_token: str = ACCESS_TOKEN, app_secret: str = APP_SECRET
    ) -> None:
        super().__init__(port=port, own=own, access_token=access_token, app_secret=app_secret)
        self.people[PERSON] = {"first_name": "Ada", "last_name": "Lovelace"}

    def described(self, path: str) -> dict[str, Any] | None:
        return {"id": self.own, "name": "The Shop"} if path in self.places_of_own() else super().described(path)

    def commented(self, text: str, *, number: int = 1, post: str = f"{PAGE}_77", **value: Any) -> dict[str, Any]:
        """Return the call for a comment below a post of the page."""
        comment = f"77_{number}"
        self.in_public[comment] = PERSON
        value = {"from": {"id": PERSON, "name": "Ada"}, "created_time": 1772600767, "verb": "add"} | value
        value |= {"item": "comment", "comment_id": comment, "post_id": post, "message": text}
        return self.entry(changes=[{"field": "feed", "value": value}])

    def seen(self, mid: str, *, at: int = 1772600790000) -> dict[str, Any]:
        """Messenger names no message: everything until that moment was read."""
        return self.call(at=at, read={"watermark": at})

    def delivered(self, mid: str, *, at: int = 1772600785000) -> dict[str, Any]:
        """Return the call by which `mid` has arrived."""
        return self.call(at=at, delivery={"mids": [mid], "watermark": at})

    def fits(self, text: str) -> bool:
        return len(text.encode("utf-16-le")) // 2 <= 2000

    def uploaded(self, call: Call) -> Answer:
        form = multipart(call)
        need(set(form) == {"message", "filedata"}, "message and filedata")
        kind, file = described_upload(form["message"].data), form["filedata"]
        need(file.filename and file.content_type, "filedata with a name and a type")
        need(kind == "file" or file.content_type.startswith(kind), f"a file of the type {kind}")
        if len(file.data) > (8_000_000 if kind == "image" else 25_000_000):
            raise GraphRefused("Attachment size exceeds allowable limit", 100, 2018109)
        upload = str(1_857_777_774_821_000 + len(self.uploads))
        self.uploads[upload] = (kind, file.filename, file.data)
        return as_json({"attachment_id": upload})

    def attached(self, attachment: Any) -> tuple[str, bytes]:
        need(isinstance(attachment, dict) and set(attachment) == {"type", "payload"}, "attachment.type and payload")
        need(set(attachment["payload"]) == {"attachment_id"}, "payload.attachment_id")
        upload = self.uploads.get(attachment["payload"]["attachment_id"])
        need(upload and upload[0] == attachment["type"], "an upload of this type")
        assert upload is not None
        return upload[1], upload[2]


if __name__ == "__main__":
    serve(MessengerStandIn, {"own": PAGE, "access_token": ACCESS_TOKEN, "app_secret": APP_SECRET})
