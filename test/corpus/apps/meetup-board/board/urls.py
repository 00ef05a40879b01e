from django.urls import include, path
from rest_framework.routers import DefaultRouter

from events import views

router = DefaultRouter()
router.register("events", views.EventViewSet, basename="event")
router.register("venues", views.VenueViewSet, basename="venue")
router.register("attendees", views.AttendeeViewSet, basename="attendee")

urlpatterns = [
    path("api/", include(router.urls)),
    path("api/invite/", views.Invite.as_view()),
    path("api/contact/", views.Contact.as_view()),
    path("ready", views.ready),
]
