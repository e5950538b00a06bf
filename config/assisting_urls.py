"""The addresses of help by field workers."""

from django.urls import path

from config import assisting

app_name = "assist"
urlpatterns = [
    path("", assisting.desk, name="desk"),
    path("conversations/<slug:slug>/", assisting.begin_votes, name="begin"),
    path("conversations/<slug:slug>/votes/", assisting.votes_page, name="votes"),
    path("petitions/<int:petition_id>/", assisting.signature, name="petition"),
]
