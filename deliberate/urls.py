"""Addresses of conversations."""

from django.urls import path

from deliberate import (
    export_views,
    http_votes,
    live_views,
    my_votes_views,
    translation_views,
    views,
)

app_name = "deliberate"
urlpatterns = [
    path("<slug:slug>/", views.conversation, name="conversation"),
    path("<slug:slug>/my-votes/", my_votes_views.page, name="my-votes"),
    path("<slug:slug>/votes/", http_votes.cast, name="votes"),
    path("<slug:slug>/statements.json", http_votes.ahead, name="statements"),
    path("<slug:slug>/live.json", live_views.live, name="live"),
    path("<slug:slug>/translations/", translation_views.page, name="translations"),
    path("<slug:slug>/export/<slug:name>.csv", export_views.download, name="export"),
]
