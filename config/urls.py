"""Every page's address."""

from django.urls import include, path

from config import (
    device,
    errors,
    health,
    home,
    install,
    language,
    lite,
    my_place,
    notices,
    place_pages,
    search,
    style_guide,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.page, name="search"),
    path("places/", place_pages.every_place, name="places"),
    path("places/<slug:slug>/", place_pages.one_place, name="place"),
    path("my-place/", my_place.choose, name="my-place"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("style/", style_guide.page, name="style"),
    path("manifest.webmanifest", install.manifest, name="manifest"),
    path("sw.js", install.worker, name="worker"),
    path("offline/", install.offline, name="offline"),
    path("device/", device.page, name="device"),
    path("lite/", lite.switch, name="lite"),
    path("language/", language.choices, name="languages"),
    path("language/<str:code>/", language.choose, name="language"),
    path("accounts/", include("allauth.urls")),
    path("notices/", notices.page, name="notices"),
    path("notices/follow/", notices.follow, name="follow"),
    path("notices/stop/<str:token>/", notices.stop_mail, name="stop-mail"),
    path("conversations/", include("deliberate.urls")),
    path("conversations/", include("opinion_map.urls")),
    path("petitions/", include("petitions.urls")),
    path("council/", include("petitions.council_urls")),
    path("moderation/", include("moderation.urls")),
    path("record/", include("record.urls")),
    path("api/v1/", include("config.api")),
]
handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler429 = errors.too_many_requests
handler500 = errors.server_error
