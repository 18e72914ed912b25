"""What an account asks before the first message, and what visitors answered.

Account settings, all optional:
    ask_name, ask_email   "optional" or "required"
    ask_topics            ["Orders | zh-Hans: 订单"]: the visitor picks one;     topics_required
    ask_question          "Order number | es: Número de pedido";                  question_required
    consent               "I agree to the [privacy policy](https://…)";           consent_required: with a box to tick
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels_webchat.wordings import Wording, wording

LONGEST_ANSWER = 500
MOST_TOPICS = 20
OPTIONAL, REQUIRED = "optional", "required"


@dataclass(frozen=True, slots=True)
class Form:
    """The questions. `name` and `email` are OPTIONAL, REQUIRED or empty for not asked."""

    name: str = ""
    email: str = ""
    topics: tuple[Wording, ...] = ()
    needs_topic: bool = False
    question: Wording | None = None
    needs_question: bool = False
    consent: Wording | None = None
    needs_consent: bool = False

    def facts(self, language: str) -> dict[str, Any]:
        """Return what the page shows to a reader of `language`; a topic goes by its default text."""
        return {
            "name": self.name,
            "email": self.email,
            "topics": [[topic.default, topic.in_language(language)] for topic in self.topics],
            "needsTopic": self.needs_topic,
            "question": self.question.in_language(language) if self.question else "",
            "needsQuestion": self.needs_question,
            "consent": self.consent.in_language(language) if self.consent else "",
            "needsConsent": self.needs_consent,
        }


def form_of(settings: Mapping[str, Any]) -> Form:
    """Read an account's settings; what makes no sense counts as not asked."""
    given = settings.get("ask_topics")
    topics = [topic for value in (given if isinstance(given, list) else []) if (topic := wording(value))]
    question, consent = wording(settings.get("ask_question")), wording(settings.get("consent"))
    return Form(
        name=_asked(settings.get("ask_name")),
        email=_asked(settings.get("ask_email")),
        topics=tuple(topics[:MOST_TOPICS]),
        needs_topic=bool(topics) and settings.get("topics_required") is True,
        question=question,
        needs_question=bool(question) and settings.get("question_required") is True,
        consent=consent,
        needs_consent=bool(consent) and settings.get("consent_required") is True,
    )


def answers_of(form: Form, value: object) -> dict[str, str]:
    """Return what a page says was answered, by question, as agents read it; what was not asked is left out.

    Keys: `topic`, `question` (the answer), and `agreed` (the text that was agreed to).
    """
    said = value if isinstance(value, dict) else {}
    topic, answer = said.get("topic"), said.get("question")
    found = {}
    if any(topic == known.default for known in form.topics):
        found["topic"] = str(topic)
    if form.question and isinstance(answer, str) and answer.strip():
        found["question"] = " ".join(answer.split())[:LONGEST_ANSWER]
    if form.consent and said.get("agreed") is True:
        found["agreed"] = form.consent.default
    return found


def _asked(value: object) -> str:
    return value if isinstance(value, str) and value in {OPTIONAL, REQUIRED} else ""
