"""Files of what was erased: they go after the commit, and a lost ring leaves none behind."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from csplatform.privacy.models import Erasure, ErasureKind
from csplatform.privacy.services import digest_of, prove
from csplatform.privacy.tasks import ring_unfinished_erasures, shred


@pytest.mark.django_db(transaction=True)
def test_files_go_when_the_proof_is_committed() -> None:
    name = default_storage.save("attachments/aa/secret", ContentFile(b"secret"))
    proof = prove(ErasureKind.HISTORY, subject="x", counts={"files": 1}, files=[name])
    assert not default_storage.exists(name)
    proof.refresh_from_db()
    assert proof.files == []


@pytest.mark.django_db(transaction=True)
def test_the_sweep_finishes_what_a_crash_left() -> None:
    name = default_storage.save("attachments/aa/secret", ContentFile(b"secret"))
    erasure = Erasure.objects.create(kind="history", subject="x", by="customer", files=[name, "attachments/aa/gone"])
    assert ring_unfinished_erasures() == 1
    assert not default_storage.exists(name)
    assert ring_unfinished_erasures() == 0
    shred(erasure.pk)


def test_a_digest_says_nothing_and_is_always_the_same() -> None:
    assert digest_of(1, "ada") == digest_of(1, "ada")
    assert len({digest_of(1, "ada"), digest_of(2, "ada"), digest_of(1, "bob")}) == 3
    assert "ada" not in digest_of(1, "ada")
