"""An example of every address, and who may open it. A new address needs a line here."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Who opens a page; tests/journeys/demo_facts.py makes one of each."""

    ANYONE = "anyone"
    CITIZEN = "citizen"
    MODERATOR = "moderator"
    CLERK = "clerk"
    OVERSEER = "overseer"
    # With a second factor, and without a password
    CAREFUL = "careful"
    WITH_PASSKEY = "with-passkey"
    FIELD_WORKER = "field-worker"
    # In the middle of entering what somebody says
    HELPING = "helping"
    WITHOUT_PASSWORD = "without-password"
    # On their way: signing up, in by a code, in by a second factor, with a link to a new password
    NEWCOMER = "newcomer"
    WITH_CODE = "with-code"
    HALF_IN = "half-in"
    FORGETFUL = "forgetful"


SIGNED_IN = {
    Role.CITIZEN,
    Role.MODERATOR,
    Role.CLERK,
    Role.OVERSEER,
    Role.FIELD_WORKER,
    Role.HELPING,
    Role.CAREFUL,
    Role.WITH_PASSKEY,
    Role.WITHOUT_PASSWORD,
}


class Kind(StrEnum):
    """What the address gives to a plain GET."""

    PAGE = "page"
    DATA = "data"
    MOVED = "moved"
    # It takes only what is posted, and says so.
    POSTED = "posted"


@dataclass(frozen=True)
class Sample:
    """One address with its blanks filled: `{slug}` and the like stand for the demo's own rows."""

    path: str
    role: Role = Role.ANYONE
    kind: Kind = Kind.PAGE

    def __str__(self) -> str:
        return f"{self.path} {self.role}"

    @property
    def is_for_citizens(self) -> bool:
        """Whether people on slow lines open it."""
        offices = {Role.MODERATOR, Role.CLERK, Role.OVERSEER, Role.FIELD_WORKER, Role.HELPING}
        return self.kind is Kind.PAGE and self.role not in offices


def _page(path: str, role: Role = Role.ANYONE) -> Sample:
    return Sample(path, role)


def _data(path: str, role: Role = Role.ANYONE) -> Sample:
    return Sample(path, role, Kind.DATA)


def _moved(path: str, role: Role = Role.ANYONE) -> Sample:
    return Sample(path, role, Kind.MOVED)


SAMPLES: dict[str, list[Sample]] = {
    "": [_page("/"), _page("/", Role.CITIZEN)],
    "healthz": [_data("/healthz")],
    "readyz": [_data("/readyz")],
    ".well-known/security.txt": [_data("/.well-known/security.txt")],
    "search/": [
        _page("/search/"),
        _page("/search/?q=water"),
        _page("/search/?q=پانی&in=statements"),
        _page("/search/?q=qqqq"),
    ],
    "places/": [_page("/places/")],
    "places/<slug:slug>/": [_page("/places/vehari/"), _page("/places/burewala/")],
    "my-place/": [_moved("/my-place/?place=vehari&next=/petitions/")],
    # Every component in every state
    "style/": [_page("/style/", Role.MODERATOR)],
    "language/": [_page("/language/?next=/petitions/")],
    "language/<str:code>/": [_moved("/language/ur/?next=/petitions/")],
    # The site on a phone
    "manifest.webmanifest": [_data("/manifest.webmanifest")],
    "sw.js": [_data("/sw.js")],
    "offline/": [_page("/offline/")],
    "device/": [_page("/device/"), _page("/device/", Role.CITIZEN)],
    "lite/": [_page("/lite/")],
    # Accounts
    "accounts/login/": [_page("/accounts/login/")],
    "accounts/signup/": [_page("/accounts/signup/")],
    "accounts/logout/": [_page("/accounts/logout/", Role.CITIZEN)],
    "accounts/inactive/": [_page("/accounts/inactive/")],
    "accounts/reauthenticate/": [_page("/accounts/reauthenticate/", Role.CITIZEN)],
    "accounts/email/": [_page("/accounts/email/", Role.CITIZEN)],
    "accounts/confirm-email/": [_page("/accounts/confirm-email/", Role.NEWCOMER)],
    "accounts/password/change/": [_page("/accounts/password/change/", Role.CITIZEN)],
    "accounts/password/set/": [_page("/accounts/password/set/", Role.WITHOUT_PASSWORD)],
    "accounts/password/reset/": [_page("/accounts/password/reset/")],
    "accounts/password/reset/done/": [_page("/accounts/password/reset/done/")],
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": [
        _page("/accounts/password/reset/key/1-nonsense/"),
        _page("{new_password}", Role.FORGETFUL),
    ],
    "accounts/password/reset/key/done/": [_page("/accounts/password/reset/key/done/")],
    "accounts/go-on/<str:token>/": [_moved("/accounts/go-on/nonsense/")],
    "accounts/sessions/": [_page("/accounts/sessions/", Role.CITIZEN)],
    "accounts/second-factor/": [
        _page("/accounts/second-factor/", Role.CITIZEN),
        _moved("/accounts/second-factor/", Role.CAREFUL),
    ],
    "accounts/reauthenticate/code/": [_page("/accounts/reauthenticate/code/", Role.CITIZEN)],
    "accounts/login/code/": [_page("/accounts/login/code/")],
    "accounts/login/code/confirm/": [_page("/accounts/login/code/confirm/", Role.WITH_CODE)],
    "accounts/2fa/": [
        _page("/accounts/2fa/", Role.CITIZEN),
        _page("/accounts/2fa/", Role.CAREFUL),
    ],
    "accounts/2fa/authenticate/": [_page("/accounts/2fa/authenticate/", Role.HALF_IN)],
    "accounts/2fa/reauthenticate/": [_page("/accounts/2fa/reauthenticate/", Role.CAREFUL)],
    "accounts/2fa/webauthn/": [_page("/accounts/2fa/webauthn/", Role.CAREFUL)],
    "accounts/2fa/webauthn/add/": [_page("/accounts/2fa/webauthn/add/", Role.CITIZEN)],
    "accounts/2fa/webauthn/login/": [_moved("/accounts/2fa/webauthn/login/")],
    "accounts/2fa/webauthn/reauthenticate/": [
        _page("/accounts/2fa/webauthn/reauthenticate/", Role.WITH_PASSKEY)
    ],
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": [
        _page("/accounts/2fa/webauthn/keys/{passkey}/edit/", Role.WITH_PASSKEY)
    ],
    "accounts/2fa/webauthn/keys/<int:pk>/remove/": [
        _page("/accounts/2fa/webauthn/keys/{passkey}/remove/", Role.WITH_PASSKEY)
    ],
    "accounts/2fa/totp/activate/": [_page("/accounts/2fa/totp/activate/", Role.CITIZEN)],
    "accounts/2fa/totp/deactivate/": [_page("/accounts/2fa/totp/deactivate/", Role.CAREFUL)],
    "accounts/2fa/recovery-codes/": [_page("/accounts/2fa/recovery-codes/", Role.CAREFUL)],
    "accounts/2fa/recovery-codes/generate/": [
        _page("/accounts/2fa/recovery-codes/generate/", Role.CAREFUL)
    ],
    "accounts/2fa/recovery-codes/download/": [
        _data("/accounts/2fa/recovery-codes/download/", Role.CAREFUL)
    ],
    # News
    "accounts/identity/": [
        _page("/accounts/identity/"),
        _page("/accounts/identity/", Role.CITIZEN),
    ],
    "accounts/identity/<slug:provider_id>/": [
        Sample("/accounts/identity/state/", kind=Kind.POSTED)
    ],
    "accounts/identity/<slug:provider_id>/back/": [_moved("/accounts/identity/gone/back/")],
    # Help by field workers
    "assist/": [_page("/assist/", Role.FIELD_WORKER)],
    "assist/conversations/<slug:slug>/": [
        _page("/assist/conversations/{slug}/", Role.FIELD_WORKER)
    ],
    "assist/conversations/<slug:slug>/votes/": [
        _page("/assist/conversations/{slug}/votes/", Role.HELPING)
    ],
    "assist/petitions/<int:petition_id>/": [
        _page("/assist/petitions/{collecting}/", Role.FIELD_WORKER)
    ],
    "accounts/data/": [_page("/accounts/data/", Role.CITIZEN)],
    "accounts/data/erase/": [_page("/accounts/data/erase/", Role.CITIZEN)],
    "accounts/data/<str:form>/": [_data("/accounts/data/json/", Role.CITIZEN)],
    "notices/": [_page("/notices/", Role.CITIZEN)],
    "notices/follow/": [_moved("/notices/follow/", Role.CITIZEN)],
    "notices/stop/<str:token>/": [_page("/notices/stop/{stop_mail}/")],
    # Conversations and their maps
    "conversations/<slug:slug>/": [
        _page("/conversations/{slug}/"),
        _page("/conversations/{slug}/", Role.CITIZEN),
    ],
    "conversations/<slug:slug>/statements.json": [_data("/conversations/{slug}/statements.json")],
    "conversations/<slug:slug>/live.json": [_data("/conversations/{slug}/live.json")],
    "conversations/<slug:slug>/votes/": [Sample("/conversations/{slug}/votes/", kind=Kind.POSTED)],
    "conversations/<slug:slug>/my-votes/": [
        _page("/conversations/{slug}/my-votes/"),
        _page("/conversations/{slug}/my-votes/", Role.CITIZEN),
    ],
    "conversations/<slug:slug>/map/": [
        _page("/conversations/{slug}/map/"),
        _page("/conversations/{slug}/map/?statement={number}"),
        _page("/conversations/{slug}/map/?group=a"),
    ],
    "conversations/<slug:slug>/map.csv": [_data("/conversations/{slug}/map.csv")],
    "conversations/<slug:slug>/report/": [_page("/conversations/{slug}/report/")],
    "conversations/<slug:slug>/report/beeswarm.svg": [
        _data("/conversations/{slug}/report/beeswarm.svg")
    ],
    "conversations/<slug:slug>/report/participation.svg": [
        _data("/conversations/{slug}/report/participation.svg")
    ],
    "conversations/<slug:slug>/card.png": [_data("/conversations/{slug}/card.png")],
    "conversations/<slug:slug>/map/summary/": [_data("/conversations/{slug}/map/summary/")],
    "conversations/<slug:slug>/map.svg": [_data("/conversations/{slug}/map.svg")],
    "conversations/<slug:slug>/map.json": [_data("/conversations/{slug}/map.json")],
    "conversations/<slug:slug>/translations/": [
        _page("/conversations/{slug}/translations/?language=ur", Role.MODERATOR),
        _page("/conversations/{slug}/translations/?language=et&all=1", Role.MODERATOR),
        _page("/conversations/{slug}/translations/?language=ur&all=1", Role.OVERSEER),
    ],
    "conversations/<slug:slug>/export/<slug:name>.csv": [
        _data("/conversations/{slug}/export/comments.csv"),
        _data("/conversations/{slug}/export/summary.csv"),
    ],
    "conversations/<slug:slug>/oversight/<slug:name>.csv": [
        _data("/conversations/{slug}/oversight/votes.csv", Role.OVERSEER),
        _data("/conversations/{slug}/oversight/statements.csv", Role.OVERSEER),
    ],
    "conversations/<slug:slug>/oversight/map.json": [
        _data("/conversations/{slug}/oversight/map.json", Role.OVERSEER)
    ],
    "oversight/": [_page("/oversight/", Role.OVERSEER)],
    # Petitions
    "petitions/": [_page("/petitions/")],
    "petitions/new/": [_page("/petitions/new/", Role.CITIZEN)],
    "petitions/<int:petition_id>/": [
        _page("/petitions/{collecting}/"),
        _page("/petitions/{collecting}/", Role.CITIZEN),
        _page("/petitions/{in_review}/"),
        _page("/petitions/{answered}/"),
    ],
    "petitions/<int:petition_id>/opened/": [
        _page("/petitions/{opened}/opened/", Role.CITIZEN),
    ],
    "petitions/<int:petition_id>/edit/": [_page("/petitions/{draft}/edit/", Role.CITIZEN)],
    # The council's desk
    "council/": [_page("/council/", Role.CLERK)],
    "council/reviews/<int:review_id>/": [
        _page("/council/reviews/{review}/", Role.CLERK),
        _page("/council/reviews/{review}/", Role.OVERSEER),
    ],
    # Moderation
    "moderation/": [_page("/moderation/", Role.MODERATOR), _page("/moderation/", Role.OVERSEER)],
    "moderation/statements/<int:statement_id>/": [
        _page("/moderation/statements/{statement}/", Role.MODERATOR),
        _page("/moderation/statements/{statement}/", Role.OVERSEER),
    ],
    "moderation/log/": [_page("/moderation/log/")],
    "moderation/report/<slug:slug>/<int:number>/": [_page("/moderation/report/{slug}/{number}/")],
    "moderation/report/<slug:slug>/<int:number>/thanks/": [
        _page("/moderation/report/{slug}/{number}/thanks/")
    ],
    # The public record
    "record/": [_page("/record/")],
    "record/lines.jsonl": [_data("/record/lines.jsonl")],
    # For programs
    "api/v1/openapi.json": [_data("/api/v1/openapi.json")],
    "api/v1/session/": [_data("/api/v1/session/"), _data("/api/v1/session/", Role.CITIZEN)],
    "api/v1/conversations/": [_data("/api/v1/conversations/?show=open&limit=1")],
    "api/v1/conversations/<slug:slug>/": [_data("/api/v1/conversations/{slug}/")],
    "api/v1/conversations/<slug:slug>/statements/": [
        _data("/api/v1/conversations/{slug}/statements/?limit=5")
    ],
    "api/v1/conversations/<slug:slug>/statements/similar/": [
        Sample("/api/v1/conversations/{slug}/statements/similar/", kind=Kind.POSTED)
    ],
    "api/v1/conversations/<slug:slug>/next/": [
        _data("/api/v1/conversations/{slug}/next/"),
        _data("/api/v1/conversations/{slug}/next/", Role.CITIZEN),
    ],
    "api/v1/conversations/<slug:slug>/votes/": [
        Sample("/api/v1/conversations/{slug}/votes/", kind=Kind.POSTED)
    ],
    "api/v1/conversations/<slug:slug>/my-votes/": [
        _data("/api/v1/conversations/{slug}/my-votes/"),
        _data("/api/v1/conversations/{slug}/my-votes/", Role.CITIZEN),
    ],
    "api/v1/conversations/<slug:slug>/my-statements/": [
        _data("/api/v1/conversations/{slug}/my-statements/")
    ],
    "api/v1/petitions/": [_data("/api/v1/petitions/"), _data("/api/v1/petitions/?show=answered")],
    "api/v1/petitions/<int:petition_id>/": [
        _data("/api/v1/petitions/{collecting}/"),
        _data("/api/v1/petitions/{answered}/"),
    ],
}

ALL = [sample for samples in SAMPLES.values() for sample in samples]
PAGES = [sample for sample in ALL if sample.kind is Kind.PAGE]
CITIZENS_PAGES = [sample for sample in PAGES if sample.is_for_citizens]
