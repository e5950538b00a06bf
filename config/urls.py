"""Every page's address."""

from django.urls import include, path

from config import errors, health, home, language

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("language/<str:code>/", language.choose, name="language"),
    path("accounts/", include("allauth.urls")),
    path("conversations/", include("deliberate.urls")),
    path("conversations/", include("opinion_map.urls")),
    path("petitions/", include("petitions.urls")),
    path("council/", include("petitions.council_urls")),
    path("moderation/", include("moderation.urls")),
    path("record/", include("record.urls")),
]
handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
