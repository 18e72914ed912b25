"""The setup page of an account: what is entered for each channel, and what a browser would send."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from csplatform.gateway.models import ChannelAccount

ADD = "/admin/gateway/channelaccount/add/"
SECRETS = {"imap_password": "s3cr3t-imap", "smtp_password": "s3cr3t-smtp", "oauth_client_secret": "s3cr3t-oauth"}
NEEDED = {"imap_security": "ssl", "imap_after": "keep", "smtp_security": "ssl"}
KEY = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0LWtleQ==\n-----END PRIVATE KEY-----"

# What is entered, and what must be kept of it, for each channel.
ENTERED: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "email": (
        {
            **SECRETS,
            "imap_host": "imap.shop.example",
            "imap_port": "993",
            "imap_security": "ssl",
            "imap_user": "box@shop.example",
            "imap_folder": "INBOX",
            "imap_after": "keep",
            "imap_skip_existing": "on",
            "provider": "postmark",
            "server_token": "s3cr3t-postmark",
            "smtp_host": " smtp.shop.example ",
            "smtp_port": "",
            "smtp_security": "starttls",
            "smtp_user": "box@shop.example",
            "smtp_per_minute": "30",
            "oauth_provider": "",
            "plus_addressing": "on",
            "protected_domains": "shop.example\r\n\r\n bank.example \r\n",
            "spam_score": "4.5",
            "dkim_selector": "desk",
            "dkim_private_key": KEY.replace("\n", "\r\n") + "\r\n",
        },
        {
            **SECRETS,
            "server_token": "s3cr3t-postmark",
            "imap_user": "box@shop.example",
            "smtp_user": "box@shop.example",
            "dkim_private_key": KEY,
        },
        {
            "imap_host": "imap.shop.example",
            "imap_port": 993,
            "imap_security": "ssl",
            "imap_folder": "INBOX",
            "imap_after": "keep",
            "imap_skip_existing": True,
            "provider": "postmark",
            "smtp_host": "smtp.shop.example",
            "smtp_security": "starttls",
            "smtp_per_minute": 30,
            "plus_addressing": True,
            "subject_tag": False,
            "protected_domains": ["shop.example", "bank.example"],
            "spam_score": 4.5,
            "dkim_selector": "desk",
        },
    ),
    "telegram": (
        {"bot_token": "17:s3cr3t", "webhook_secret": "s3cr3t-word", "api_base": "", "timeout": "12"},
        {"bot_token": "17:s3cr3t", "webhook_secret": "s3cr3t-word"},
        {"timeout": 12},
    ),
    "whatsapp": (
        {"access_token": "s3cr3t-a", "app_secret": "s3cr3t-b", "verify_token": "s3cr3t-c"},
        {"access_token": "s3cr3t-a", "app_secret": "s3cr3t-b", "verify_token": "s3cr3t-c"},
        {},
    ),
    "webchat": (
        {"title": "店铺", "color": "#2563eb", "allowed_origins": "https://shop.example", "position": "start"},
        {},
        {
            "title": "店铺",
            "color": "#2563eb",
            "allowed_origins": ["https://shop.example"],
            "position": "start",
            "ask_details": False,
            "topics_required": False,
            "question_required": False,
            "consent_required": False,
            "queue": False,
            "help": False,
            "demo": False,
        },
    ),
}


def filled(entries: dict[str, Any], **changed: object) -> dict[str, object]:
    basics = {"name": "Shop", "address": "box@shop.example", "default_language": "en", "is_active": "on"}
    return {**basics, "settings": "{}", **{f"entry_{name}": value for name, value in entries.items()}, **changed}


def change(account: ChannelAccount) -> str:
    return reverse("admin:gateway_channelaccount_change", args=[account.pk])


def page_of_test(account: ChannelAccount) -> str:
    return reverse("admin:gateway_channelaccount_test", args=[account.pk])


def add(client: Client, channel: str, **changed: object) -> ChannelAccount:
    answer = client.post(f"{ADD}?channel={channel}", filled(ENTERED[channel][0], **changed))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    return ChannelAccount.objects.get(channel=channel)


def shown_again(page: str) -> dict[str, object]:
    """Return what a browser would send back from the page without touching a field."""
    form = page[page.index('id="channelaccount_form"') :]
    sent: dict[str, object] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        ticks = 'type="checkbox"' in tag
        if name and name[1].startswith("entry_") and (not ticks or re.search(r" checked[ >]", tag)):
            sent[name[1]] = "on" if ticks else (value[1] if value else "")
    for name_, content in re.findall(r'<textarea[^>]*name="(entry_[^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        sent[name_] = content.lstrip("\r\n")
    for name_, options in re.findall(r'<select[^>]*name="(entry_[^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        sent[name_] = next(iter(re.findall(r'<option value="([^"]*)"[^>]* selected', options)), "")
    return sent
