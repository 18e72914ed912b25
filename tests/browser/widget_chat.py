"""The widget on a page, as its visitor uses it."""

from collections.abc import Callable

from playwright.sync_api import Frame, Locator, Page, expect

PATIENCE = 30_000  # milliseconds; the first message of a process waits for the language models
expect.set_options(timeout=PATIENCE)


class Chat:
    """The open widget on a page, as its visitor uses it."""

    def __init__(self, page: Page, *, opens: bool = True) -> None:
        self.page = page
        self.launcher = page.locator("button[aria-expanded]")
        self.panel = page.frame_locator("iframe")
        self.text = self.panel.locator("#text")
        self.log = self.panel.get_by_role("log")
        if opens:
            self.launcher.click()
            expect(self.bubbles().first).to_be_visible()

    @property
    def frame(self) -> Frame:
        return next(frame for frame in self.page.frames if "/frame/" in frame.url)

    def say(self, text: str) -> None:
        self.text.fill(text)
        self.text.press("Enter")

    def bubbles(self) -> Locator:
        return self.log.locator(".bubble")

    def expect_all_sent(self) -> None:
        expect(self.log.locator(".pending")).to_have_count(0, timeout=PATIENCE)

    def ask_menu(self, name: str) -> None:
        """Open the menu and press one of its entries."""
        self.panel.get_by_role("button", name="Your conversation").click()
        self.panel.get_by_role("button", name=name).click()


def demo(page: Page, query: str = "") -> Chat:
    """Open the widget in the demo shop."""
    page.goto(f"/chat/shop/demo/{query}")
    return Chat(page)


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait for something that only the server knows, while the page goes on living."""
    for _try in range(PATIENCE // 100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it never came true")
