"""What stands in one message, before anybody asks who sent it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from csplatform.gateway.contract import InboundAttachment


@dataclass(frozen=True, slots=True)
class Content:
    """Its words, its files, and what else is worth keeping. `automatic` marks what no person wrote."""

    text: str = ""
    attachments: tuple[InboundAttachment, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    automatic: bool = False
