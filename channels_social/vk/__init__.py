"""VK communities, by the Callback API and the VK API 5.199 (dev.vk.com; repo VKCOM/vk-api-schema)."""
