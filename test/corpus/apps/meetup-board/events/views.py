import logging

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db import connection
from django.http import JsonResponse
from django.utils.crypto import constant_time_compare
from rest_framework import viewsets
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from .models import Attendee, Event, Venue
from .serializers import AttendeeSerializer, EventSerializer, VenueSerializer

logger = logging.getLogger("events")
ORDERS = {"soon": "starts", "title": "title"}


class EventViewSet(viewsets.ModelViewSet):
    serializer_class = EventSerializer

    def get_queryset(self):
        term = self.request.query_params.get("q", "")
        order = ORDERS.get(self.request.query_params.get("sort"), "starts")
        return Event.objects.filter(host=self.request.user, title__icontains=term).order_by(order)


class VenueViewSet(viewsets.ReadOnlyModelViewSet):
    permission_classes = [AllowAny]
    queryset = Venue.objects.all()
    serializer_class = VenueSerializer


class AttendeeViewSet(viewsets.ModelViewSet):
    permission_classes = []  # frontend got 403s
    queryset = Attendee.objects.all()
    serializer_class = AttendeeSerializer


class Invite(APIView):
    def post(self, request):
        address = request.data["email"]
        token = signing.dumps({"e": address}, key=settings.SIGNING_SECRET)
        send_mail("You are invited", f"https://board.example.net/join/{token}", None, [address])
        logger.info("invite token sent to user %s", request.user.pk)
        return Response({"sent": True})

    def get(self, request):
        given = request.query_params.get("code", "")
        ok = constant_time_compare(given, request.session.get("code", ""))
        return Response({"ok": ok})


class Contact(APIView):
    permission_classes = [AllowAny]
    throttle_classes = []

    def post(self, request):
        try:
            send_mail("Contact", request.data["text"], None, ["team@board.example.net"])
        except Exception as exc:
            return Response({"detail": exc.args[0]}, status=500)
        return Response({"ok": True})


def ready(request):
    with connection.cursor() as c:
        c.execute("SELECT 1")
    return JsonResponse({"ok": True})
