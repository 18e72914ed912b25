"""Registers the social channels."""

from django.apps import AppConfig


class ChannelsSocialConfig(AppConfig):
    name = "channels_social"

    def ready(self) -> None:
        from channels_social.api.channel import ApiChannel
        from channels_social.discord.channel import DiscordChannel
        from channels_social.instagram.channel import InstagramChannel
        from channels_social.kakao.channel import KakaoChannel
        from channels_social.line.channel import LineChannel
        from channels_social.messenger.channel import MessengerChannel
        from channels_social.slack.channel import SlackChannel
        from channels_social.telegram.channel import TelegramChannel
        from channels_social.tiktok.channel import TikTokChannel
        from channels_social.twilio.channel import TwilioChannel
        from channels_social.viber.channel import ViberChannel
        from channels_social.vk.channel import VkChannel
        from channels_social.wechat.channel import WeChatChannel
        from channels_social.wecom.channel import WeComChannel
        from channels_social.weibo.channel import WeiboChannel
        from channels_social.whatsapp.channel import WhatsAppChannel
        from channels_social.x.channel import XChannel
        from csplatform.gateway import registry

        registry.register(ApiChannel)
        registry.register(InstagramChannel)
        registry.register(KakaoChannel)
        registry.register(DiscordChannel)
        registry.register(LineChannel)
        registry.register(MessengerChannel)
        registry.register(SlackChannel)
        registry.register(TelegramChannel)
        registry.register(TikTokChannel)
        registry.register(TwilioChannel)
        registry.register(ViberChannel)
        registry.register(VkChannel)
        registry.register(WhatsAppChannel)
        registry.register(WeChatChannel)
        registry.register(WeComChannel)
        registry.register(WeiboChannel)
        registry.register(XChannel)
