from django.urls import path

from desk import views

urlpatterns = [
    path("", views.home),
    path("patients/", views.PatientList.as_view()),
    path("patients/<int:pk>/", views.patient),
    path("patients/<int:pk>/letter/", views.letter),
    path("search/", views.search),
    path("kiosk/login/", views.kiosk_login),
    path("reports/day/", views.day_report),
    path("status/settings/", views.settings_dump),
]
