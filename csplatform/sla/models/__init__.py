"""Calendars, policies and clocks."""

from csplatform.sla.models.calendar import Calendar, CalendarDay
from csplatform.sla.models.clock import ACTIVE, Clock, ClockEvent, ClockEventKind, ClockState
from csplatform.sla.models.policy import ClockKind, Policy, PolicyTarget, Terms

__all__ = [
    "ACTIVE",
    "Calendar",
    "CalendarDay",
    "Clock",
    "ClockEvent",
    "ClockEventKind",
    "ClockKind",
    "ClockState",
    "Policy",
    "PolicyTarget",
    "Terms",
]
