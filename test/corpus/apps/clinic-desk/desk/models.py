from django.db import models


# TODO: photo of the patient
class Patient(models.Model):
    name = models.CharField(max_length=200)
    born = models.DateField()
    notes = models.TextField(blank=True)
    doctor = models.ForeignKey("auth.User", on_delete=models.PROTECT)
