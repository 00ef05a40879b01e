from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseForbidden


class KioskMiddleware:
    """Kiosks at the entrance send their PIN in a header."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith("/kiosk/api"):
            if request.headers.get("X-Kiosk") != settings.KIOSK_PIN:
                return HttpResponseForbidden()
        response = self.get_response(request)
        return response

    def process_view(self, request, view_func, view_args, view_kwargs):
        if request.path.startswith("/reports") and not request.user.is_staff:
            raise PermissionDenied
