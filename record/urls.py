"""The record's addresses."""

from django.urls import path

from record import views

app_name = "record"
urlpatterns = [
    path("", views.record, name="record"),
    path("lines.jsonl", views.lines_jsonl, name="lines"),
]
