"""Addresses of opinion maps, below their conversation's."""

from django.urls import path

from opinion_map import views

app_name = "opinion_map"
urlpatterns = [
    path("<slug:slug>/map/", views.page, name="map"),
    path("<slug:slug>/map/summary/", views.summary, name="summary"),
    path("<slug:slug>/map.svg", views.picture, name="svg"),
    path("<slug:slug>/map.json", views.document, name="json"),
]
