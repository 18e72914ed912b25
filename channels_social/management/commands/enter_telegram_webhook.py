"""Tells Telegram where to call."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels_social.telegram.channel import TelegramChannel
from channels_social.telegram.setup import enter_webhook
from csplatform.gateway.errors import SendFailed
from csplatform.gateway.models import ChannelAccount


class Command(BaseCommand):
    help = (
        "Tell Telegram the webhook address of an account, its secret, and what to report. Doing it again is harmless."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="the account's address, such as @shop_bot")

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = ChannelAccount.objects.filter(channel=TelegramChannel.slug)
        account = accounts.filter(address=options["address"]).first()
        if account is None:
            raise CommandError(f"there is no Telegram account {options['address']!r}")
        try:
            enter_webhook(account.config)
        except SendFailed as failure:
            raise CommandError(failure.reason) from None
        self.stdout.write("Telegram calls the webhook address of this account from now on.")
