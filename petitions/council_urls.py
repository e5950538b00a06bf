"""The addresses of the councils' desks."""

from django.urls import path

from petitions import council_views

app_name = "council"
urlpatterns = [
    path("", council_views.queue, name="queue"),
    path("reviews/<int:review_id>/", council_views.review, name="review"),
]
