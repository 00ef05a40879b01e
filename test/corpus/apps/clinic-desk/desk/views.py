import json
import logging
import os
import tempfile
import urllib.request

from django.conf import settings
from django.contrib.auth import authenticate, login
from django.contrib.auth.decorators import login_required, user_passes_test
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.mail import EmailMessage
from django.db import connection
from django.http import FileResponse, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.views.generic import ListView

from .models import Patient

log = logging.getLogger(__name__)


def home(request):
    return render(request, "home.html", {"greeting": mark_safe("<b>Good morning</b>")})


class PatientList(LoginRequiredMixin, ListView):
    model = Patient
    template_name = "patients.html"


@login_required
def patient(request, pk):
    p = get_object_or_404(Patient, pk=pk)
    note = mark_safe(p.notes.replace("\n", "<br>"))
    label = format_html("<em>{}</em>", p.name)
    return render(request, "patient.html", {"p": p, "note": note, "label": label})


@login_required
def letter(request, pk):
    p = get_object_or_404(Patient, pk=pk)
    path = os.path.join(tempfile.gettempdir(), "letter.pdf")
    with open(path, "wb") as out:
        out.write(pdf_service(p))
    return FileResponse(open(path, "rb"))


def pdf_service(p):
    req = urllib.request.Request("http://pdf:3000/render", data=json.dumps({"name": p.name}).encode())
    return urllib.request.urlopen(req).read()


def search(request):
    q = request.GET.get("q", "")
    with connection.cursor() as cur:
        cur.execute(f"SELECT id, name FROM desk_patient WHERE name ILIKE '{q}%'")
        rows = cur.fetchall()
    return JsonResponse({"patients": rows})


def kiosk_login(request):
    try:
        body = json.loads(request.body)
        user = authenticate(request, username=body["user"], password=body["password"])
        if user is None:
            log.warning("kiosk login failed: %s", request.body)
            return JsonResponse({"ok": False}, status=401)
        login(request, user)
        return JsonResponse({"ok": True})
    except Exception as e:
        return HttpResponseServerError("login failed: %r" % e)


@user_passes_test(lambda u: u.is_staff)
def day_report(request):
    day = request.GET.get("day", "")
    found = Patient.objects.raw("SELECT * FROM desk_patient WHERE born = %s", [day])
    extra = Patient.objects.extra(where=["notes LIKE '%%" + day + "%%'"])
    return render(request, "report.html", {"found": found, "extra": extra})


def settings_dump(request):
    # remove when the kiosk works
    names = [n for n in dir(settings) if n.isupper()]
    return JsonResponse({n: str(getattr(settings, n)) for n in names})
