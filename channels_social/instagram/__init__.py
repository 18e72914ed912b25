"""Instagram messages to one professional account, by either of Meta's two products for it.

With Instagram Login the account speaks for itself (graph.instagram.com); with a linked Facebook page, that page speaks
for it (graph.facebook.com). Events and messages are alike; hosts, tokens and the sender's address are not.
Sources: developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/messaging-api,
and /documentation/business-messaging/instagram-messaging.
"""
