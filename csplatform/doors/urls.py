"""Addresses that machines call."""

from django.urls import path

from csplatform.doors import handouts, health, webhooks

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("hooks/<str:token>/", webhooks.webhook, name="webhook"),
    path("handed/<str:token>/<str:name>", handouts.handout, name="handout"),
]
