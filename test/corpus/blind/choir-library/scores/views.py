import logging
import os
import subprocess
import tempfile

import nh3
import requests
from django.conf import settings
from django.contrib.auth.decorators import login_required, permission_required
from django.db import DatabaseError, connection
from django.http import FileResponse, HttpResponse, HttpResponseForbidden, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .models import Score

log = logging.getLogger(__name__)


@login_required
def index(request):
    return render(request, "scores/index.html", {"scores": Score.objects.order_by("composer")})


@login_required
def score(request, pk):
    s = get_object_or_404(Score, pk=pk)
    return render(request, "scores/score.html", {
        "score": s,
        "notes": mark_safe(nh3.clean(s.notes)),
        "badge": format_html("<b title='{}'>!</b>", s.composer),
        "credit": mark_safe(f"<em>{s.composer}</em>"),
    })


@login_required
def pdf(request, pk):
    s = get_object_or_404(Score, pk=pk)
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "out.pdf")
        done = subprocess.run(["lilypond", "-o", target[:-4], s.file.path], capture_output=True, timeout=90)
        if done.returncode != 0:
            log.error("lilypond: %s", done.stderr)
            return HttpResponse("This score cannot be printed", status=500)
        return FileResponse(open(target, "rb"))


@require_POST
def delete(request, pk):
    get_object_or_404(Score, pk=pk).delete()
    return redirect("/")


@login_required
def search(request):
    q = request.GET.get("q", "")
    field = request.GET.get("in", "title")
    found = Score.objects.filter(title__icontains=q) if field == "title" else Score.objects.extra(where=[f"{field} LIKE '%%{q}%%'"])
    return render(request, "scores/index.html", {"scores": found, "q": q})


@login_required
def composers(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT composer, count(*) FROM scores_score WHERE composer ILIKE %s GROUP BY 1", [request.GET.get("q", "") + "%"])
        return JsonResponse({"composers": cursor.fetchall()})


@csrf_exempt
@require_POST
def upload(request):
    given = request.headers.get("X-Upload-Token")
    if settings.UPLOAD_TOKEN is None or given is None or not constant_time_compare(given, settings.UPLOAD_TOKEN):
        return HttpResponseForbidden("wrong token")
    try:
        meta = describe(request.FILES["file"])
        Score.objects.create(file=request.FILES["file"], owner_id=1, **meta)
    except (DatabaseError, KeyError) as e:
        return JsonResponse({"error": "not stored", "because": str(e)}, status=400)
    except ValueError:
        log.exception("upload")
        return JsonResponse({"error": "not stored"}, status=400)
    return JsonResponse({"ok": True})


def describe(upload):
    part = tempfile.NamedTemporaryFile(suffix=".mscz", delete=False)
    try:
        for chunk in upload.chunks():
            part.write(chunk)
        part.close()
        answer = requests.post("https://meta.choir.example/read", files={"f": open(part.name, "rb")}, verify="/etc/ssl/choir-ca.pem", timeout=20)
        answer.raise_for_status()
        return {"title": answer.json()["title"], "composer": answer.json()["composer"]}
    finally:
        os.unlink(part.name)


@permission_required("scores.view_score")
def report(request):
    try:
        figures = requests.get("https://stats.choir.example/month", verify=False, timeout=10).json()
    except requests.RequestException as problem:
        return render(request, "scores/problem.html", {"problem": problem})
    return JsonResponse(figures)


def ping(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("pong")


def now_playing(request):
    return JsonResponse({"now": "Locus iste"})
