from django.db import models


class Event(models.Model):
    title = models.CharField(max_length=200)
    starts = models.DateTimeField()
    host = models.ForeignKey("auth.User", on_delete=models.CASCADE)


class Venue(models.Model):
    name = models.CharField(max_length=200)


class Attendee(models.Model):
    event = models.ForeignKey(Event, on_delete=models.CASCADE)
    email = models.EmailField()
