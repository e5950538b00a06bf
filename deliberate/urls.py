"""Addresses of conversations."""

from django.urls import path

from deliberate import export_views, views

app_name = "deliberate"
urlpatterns = [
    path("<slug:slug>/", views.conversation, name="conversation"),
    path("<slug:slug>/export/<slug:name>.csv", export_views.download, name="export"),
]
