"""What the desk's browser tests look for on its pages."""

from playwright.sync_api import Locator, Page, expect

from csplatform.conversations.models import Conversation, Message


def open_desk(page: Page, path: str = "/inbox/") -> None:
    """Go there and wait for the live wire."""
    page.goto(path)
    expect(page.locator('#wire[data-state="live"]')).to_be_attached()


def row(page: Page, conversation: Conversation) -> Locator:
    return page.locator(f"#row-{conversation.pk} > a")


def texts_of(kind: str) -> list[str]:
    return list(Message.objects.filter(kind=kind).order_by("seq").values_list("text", flat=True))
