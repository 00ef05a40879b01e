from django.conf import settings
from django.db import models


class Score(models.Model):
    title = models.CharField(max_length=200)
    composer = models.CharField(max_length=200)
    notes = models.TextField(blank=True)
    file = models.FileField(upload_to="scores")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    restricted = models.BooleanField(default=False)
    # TODO: a cover picture would be nice

    def __str__(self):
        return f"{self.composer}: {self.title}"
