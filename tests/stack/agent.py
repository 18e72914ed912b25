"""An agent at work beside the stack, with its settings: one JSON object a line in, one out.

Says {"message": null} once there; {"conversation": 1, "text": "…"} is answered by {"message": 2} once it is stored.
"""

import json
import sys
from uuid import uuid4

import django


def main() -> None:
    django.setup()
    from csplatform.flows.reply import reply
    from csplatform.people.models import User

    agent = User.objects.get(email=sys.argv[1])
    _say(None)
    for line in sys.stdin:
        wish = json.loads(line)
        _say(reply(wish["conversation"], by=agent, text=wish["text"], key=uuid4()).pk)


def _say(message: int | None) -> None:
    sys.stdout.write(json.dumps({"message": message}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
