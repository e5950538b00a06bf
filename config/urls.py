"""Every page's address."""

from django.urls import include, path

from config import (
    device,
    eid,
    errors,
    health,
    home,
    install,
    joining,
    kept_acts,
    language,
    lite,
    my_data,
    my_place,
    notices,
    oversight,
    place_pages,
    search,
    security_txt,
    sign_in_pages,
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
    path(".well-known/security.txt", security_txt.page, name="security-txt"),
    path("style/", style_guide.page, name="style"),
    path("manifest.webmanifest", install.manifest, name="manifest"),
    path("sw.js", install.worker, name="worker"),
    path("offline/", install.offline, name="offline"),
    path("device/", device.page, name="device"),
    path("lite/", lite.switch, name="lite"),
    path("language/", language.choices, name="languages"),
    path("language/<str:code>/", language.choose, name="language"),
    # Before the library's own of the same name: one step for signing in and signing up.
    path("accounts/signup/", joining.page, name="account_signup"),
    path("accounts/login/code/", joining.page, name="account_request_login_code"),
    path("accounts/login/code/confirm/", joining.confirm, name="account_confirm_login_code"),
    path("accounts/go-on/<str:token>/", kept_acts.go_on, name="go-on"),
    path("accounts/sessions/", sign_in_pages.sessions, name="sessions"),
    path("accounts/second-factor/", sign_in_pages.second_factor, name="second-factor"),
    path(
        "accounts/reauthenticate/code/",
        sign_in_pages.again_by_code,
        name="account_reauthenticate_by_code",
    ),
    path("accounts/identity/", eid.page, name="identity"),
    path("accounts/identity/<slug:provider_id>/", eid.start, name="eid-start"),
    path("accounts/identity/<slug:provider_id>/back/", eid.callback, name="eid-callback"),
    # Not `allauth.urls`: the pages of social accounts, which nobody has here, would come with it.
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/totp/activate/", sign_in_pages.add_app, name="mfa_activate_totp"),
    path("accounts/2fa/webauthn/add/", sign_in_pages.add_passkey, name="mfa_add_webauthn"),
    path(
        "accounts/2fa/recovery-codes/",
        sign_in_pages.recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path(
        "accounts/2fa/recovery-codes/download/",
        sign_in_pages.recovery_codes_file,
        name="mfa_download_recovery_codes",
    ),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("assist/", include("config.assisting_urls")),
    path("accounts/data/", my_data.page, name="my-data"),
    path("accounts/data/erase/", my_data.erase, name="erase"),
    path("accounts/data/<str:form>/", my_data.file, name="my-data-file"),
    path("oversight/", oversight.page, name="oversight"),
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
