"""The addresses of petitions."""

from django.urls import path

from petitions import views, writing_views

app_name = "petitions"
urlpatterns = [
    path("", views.petition_list, name="list"),
    path("new/", writing_views.new, name="new"),
    path("<int:petition_id>/", views.petition, name="petition"),
    path("<int:petition_id>/opened/", writing_views.opened, name="opened"),
    path("<int:petition_id>/edit/", writing_views.edit, name="edit"),
]
