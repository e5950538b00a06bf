"""Addresses of opinion maps, below their conversation's."""

from django.urls import path

from opinion_map import oversight_views, report_views, views

app_name = "opinion_map"
urlpatterns = [
    path("<slug:slug>/map/", views.page, name="map"),
    path("<slug:slug>/map/summary/", views.summary, name="summary"),
    path("<slug:slug>/map.svg", views.picture, name="svg"),
    path("<slug:slug>/map.json", views.document, name="json"),
    path("<slug:slug>/map.csv", views.numbers, name="csv"),
    path("<slug:slug>/report/", report_views.page, name="report"),
    path("<slug:slug>/report/beeswarm.svg", report_views.beeswarm, name="beeswarm"),
    path("<slug:slug>/report/participation.svg", report_views.timeline, name="participation"),
    path("<slug:slug>/oversight/<slug:name>.csv", oversight_views.file, name="oversight"),
    path("<slug:slug>/oversight/map.json", oversight_views.whole_map, name="oversight-map"),
    path("<slug:slug>/card.png", report_views.card, name="card"),
]
