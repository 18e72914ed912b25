"""The report's addresses; they come before the admin's own. The admin opens with the report."""

from django.urls import path
from django.views.generic import RedirectView

from csplatform.reports import views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="performance")),
    path("performance/", views.performance, name="performance"),
    path("performance/<slug:table>.csv", views.export, name="performance_export"),
]
