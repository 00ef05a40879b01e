import ipaddress

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

KIOSKS = ipaddress.ip_network("10.20.0.0/24")


class KioskMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith("/kiosk/") and ipaddress.ip_address(request.META["REMOTE_ADDR"]) not in KIOSKS:
            return HttpResponse("Only in the rehearsal room", status=403)
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.user.is_authenticated and not request.user.is_active:
            raise PermissionDenied
