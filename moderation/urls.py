"""Moderation's addresses: the moderators' desk, and what is open to everyone."""

from django.urls import path

from moderation import public_views, views

app_name = "moderation"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("statements/<int:statement_id>/", views.statement, name="statement"),
    path("log/", public_views.log, name="log"),
    path("report/<slug:slug>/<int:number>/", public_views.report, name="report"),
    path("report/<slug:slug>/<int:number>/thanks/", public_views.reported, name="reported"),
]
