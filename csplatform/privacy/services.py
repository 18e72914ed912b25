"""Proving that something was erased, and deleting the contents that lie outside the database."""

from collections.abc import Mapping, Sequence

import structlog
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.crypto import salted_hmac

from csplatform.common.doorbell import ring
from csplatform.privacy.models import Erasure, ErasureKind, Requester

log = structlog.get_logger(__name__)

SHRED = "csplatform.privacy.tasks.shred"


def digest_of(account_id: int, external_id: str) -> str:
    """Return what stands for a person in a proof. It cannot be turned back, and is made anew to look for somebody."""
    return salted_hmac("csplatform.privacy", f"{account_id}:{external_id}", algorithm="sha256").hexdigest()


def prove(
    kind: ErasureKind,
    *,
    subject: str,
    counts: Mapping[str, int],
    files: Sequence[str],
    user_id: int | None = None,
) -> Erasure:
    """Write down an erasure, and have `files` (names in the storage) deleted once it is committed.

    `user_id` is who did it where it was not the customer. Belongs in the transaction that erases.
    """
    by = Requester.STAFF if user_id else Requester.CUSTOMER
    erasure = Erasure.objects.create(
        kind=kind, subject=subject, counts=dict(counts), by=by, user_id=user_id, files=[*files]
    )
    if files:
        ring(SHRED, erasure.pk)
    log.info("erased", erasure=erasure.pk, counts=dict(counts))
    return erasure


def shred(erasure_id: int) -> None:
    """Delete the files that an erasure left; doing it again changes nothing."""
    with transaction.atomic():
        erasure = Erasure.objects.select_for_update().get(pk=erasure_id)
        for name in erasure.files:
            default_storage.delete(name)
        erasure.files = []
        erasure.save(update_fields=["files"])


def ring_unfinished(limit: int = 100) -> int:
    """Ring for erasures whose files are still there. Returns how many."""
    ids = list(Erasure.objects.exclude(files=[]).order_by("id").values_list("pk", flat=True)[:limit])
    for pk in ids:
        ring(SHRED, pk)
    return len(ids)
