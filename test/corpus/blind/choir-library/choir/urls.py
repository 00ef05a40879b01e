from django.contrib import admin
from django.urls import path

from scores import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", views.index),
    path("scores/<int:pk>/", views.score),
    path("scores/<int:pk>/pdf/", views.pdf),
    path("scores/<int:pk>/delete/", views.delete),
    path("search/", views.search),
    path("upload/", views.upload),
    path("report/", views.report),
    path("ping/", views.ping),
    path("kiosk/now/", views.now_playing),
]
