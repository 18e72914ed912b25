"""Calendars, policies, clocks and escalations."""

from csplatform.sla.models.calendar import Calendar, CalendarDay, TeamCalendar
from csplatform.sla.models.clock import (
    ACTIVE,
    AUTOMATIC,
    ELSEWHERE,
    Clock,
    ClockEvent,
    ClockEventKind,
    ClockState,
)
from csplatform.sla.models.escalation import Escalation, EscalationState, EscalationStep, StepAction
from csplatform.sla.models.policy import Change, ClockKind, Policy, PolicyTarget, Terms

__all__ = [
    "ACTIVE",
    "AUTOMATIC",
    "ELSEWHERE",
    "Calendar",
    "CalendarDay",
    "Change",
    "Clock",
    "ClockEvent",
    "ClockEventKind",
    "ClockKind",
    "ClockState",
    "Escalation",
    "EscalationState",
    "EscalationStep",
    "Policy",
    "PolicyTarget",
    "StepAction",
    "TeamCalendar",
    "Terms",
]
