"""What every row has."""

from django.db import models

from csplatform.common import clock


class Dated(models.Model):
    """Adds the moment of creation and of the last `save()`, both in UTC."""

    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
