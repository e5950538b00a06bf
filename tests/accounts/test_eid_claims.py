"""What is kept of a provider's claims, and what a file of providers must say."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts import identity
from accounts.eid import claims, presets

TODAY = date(2026, 11, 22)
ENTRY = {"id": "state", "client_id": "us", "client_secret": "between us", "name": "The State"}


def of(preset: str, **more: Any) -> dict[str, Any]:
    entry = {**ENTRY, "preset": preset, "issuer": "https://state.example", **more}
    return dict(presets.app(entry, may_be_plain=False)["settings"])


def test_tara_tells_number_level_and_age() -> None:
    said = {
        "sub": "EE60001019906",
        "acr": "high",
        "profile_attributes": {"given_name": "Mari", "date_of_birth": "2010-11-22"},
    }

    found = claims.read(said, of("tara"), today=TODAY)

    assert found == claims.Identified(
        name=identity.name("60001019906"), assurance="high", area="", over_16=True
    )


def test_tara_foreigner_keeps_the_country() -> None:
    found = claims.read({"sub": "LV60001019906", "acr": "high"}, of("tara"), today=TODAY)

    assert found.name == identity.foreign("LV60001019906", provider="state")
    assert found.name != identity.name("60001019906")
    assert found.over_16 is None


FOREIGNERS = [
    "DE0123abcd+/efg=",
    "AT/7xkF=9",
    "ITABC_1",
    "ES:123",
    "LV010101-12345",
    "LV01010112345",
    "LVabcd",
    "LVABCD",
    "DEabc1",
    "DEABC1",
    "LV60001019906",
    "PT６００１",
]


def test_tara_foreigners_are_each_somebody_and_nobody_of_here() -> None:
    names = [
        claims.read({"sub": sub, "acr": "high"}, of("tara"), today=TODAY).name for sub in FOREIGNERS
    ]

    assert len(set(names)) == len(FOREIGNERS)
    assert identity.name("60001019906") not in names


def test_foreigner_of_another_provider_is_another_person() -> None:
    said = {"sub": "LV60001019906", "acr": "high"}

    one, two = (claims.read(said, of("tara", id=name), today=TODAY).name for name in ("one", "two"))

    assert one != two


@pytest.mark.parametrize("cnic", ["36603-1234567", "X36603", "12345678901"])
def test_pakistan_takes_no_number_but_its_own(cnic: str) -> None:
    said = {"sub": "x", "cnic": cnic, "acr": "substantial"}

    with pytest.raises(claims.NoNumber):
        claims.read(said, of("pakistan"), today=TODAY)


def test_pakistan_takes_no_number_that_is_none_here(settings: Any) -> None:
    settings.IDENTITY_NUMBERS = "[0-9]{11}"
    said = {"sub": "x", "cnic": "36603-1234567-1", "acr": "substantial"}

    with pytest.raises(claims.NoNumber):
        claims.read(said, of("pakistan"), today=TODAY)


def test_pakistan_tells_number_level_and_district() -> None:
    settings = of("pakistan", areas={"VEHARI": "vehari"}, assurance={"2": "substantial"})
    said = {"sub": "x", "cnic": "36603-1234567-1", "acr": "2", "district": "VEHARI"}

    found = claims.read(said, settings, today=TODAY)

    assert (found.name, found.area) == (identity.name("3660312345671"), "vehari")


@pytest.mark.parametrize(
    ("born", "is_over"),
    [
        ("2010-11-22", True),
        ("2010-11-23", False),
        ("2008-02-29", True),
        ("2012-02-29", False),
        ("", None),
        ("soon", None),
        (None, None),
        (19870605, None),
        ({"year": 1987}, None),
    ],
)
def test_age_is_kept_as_a_yes_or_no(born: object, is_over: bool | None) -> None:
    said = {"sub": "EE60001019906", "acr": "high", "birthdate": born}

    assert claims.read(said, of(""), today=TODAY).over_16 is is_over


def test_sixteenth_birthday_of_a_leap_child_is_the_day_itself() -> None:
    said = {"sub": "1", "acr": "high", "birthdate": "2084-02-29"}

    assert claims.read(said, of(""), today=date(2100, 2, 28)).over_16 is False
    assert claims.read(said, of(""), today=date(2100, 3, 1)).over_16 is True


@pytest.mark.parametrize(
    "number",
    [None, 60001019906, "", "EE", "one", "EE/1", ["EE1"], "9" * 400, "LV" + "9" * 400, "LV\n1"],
)
def test_number_that_is_none_is_refused(number: object) -> None:
    with pytest.raises(claims.NoNumber):
        claims.read({"sub": number, "acr": "high"}, of("tara"), today=TODAY)


@pytest.mark.parametrize("acr", [None, "", "low", "HIGH", 3, ["high"], {"level": "high"}])
def test_level_that_is_not_named_is_too_little(acr: object) -> None:
    with pytest.raises(claims.TooLittleAssurance):
        claims.read({"sub": "EE60001019906", "acr": acr}, of("tara"), today=TODAY)


@pytest.mark.parametrize(
    "more",
    [
        {"preset": "elsewhere"},
        {"issuer": "http://state.example"},
        {"issuer": ""},
        {"client_id": ""},
        {"client_secret": ""},
        {"client_secret_env": "NOT_SET_ANYWHERE"},
        {"required": "very"},
        {"assurance": {"x": "very"}},
        {"number_pattern": "("},
        {"number_pattern": "EE.*"},
        {"national_prefix": "ee"},
        {"foreign_numbers": "yes"},
        {"id": "Das Amt"},
        {"clientsecret": "misspelt"},
    ],
    ids=str,
)
def test_provider_that_is_written_wrongly_is_refused_at_the_start(more: dict[str, Any]) -> None:
    entry = {**ENTRY, "issuer": "https://state.example", **more}

    with pytest.raises(ImproperlyConfigured, match="OIDC_PROVIDERS"):
        presets.app(entry, may_be_plain=False)


def test_file_of_providers_is_read_and_its_secret_may_be_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARA_SECRET", "kept apart")
    file = tmp_path / "eid.json"
    entry = {
        "id": "tara", "preset": "tara", "client_id": "us", "client_secret_env": "TARA_SECRET"
    }  # fmt: skip
    file.write_text(json.dumps([entry]))

    (app,) = presets.read(str(file), may_be_plain=False)

    assert (app["provider_id"], app["name"], app["secret"]) == ("tara", "TARA", "kept apart")
    assert app["settings"]["server_url"] == "https://tara.ria.ee"
    assert app["settings"]["sign_in_origin"] == "https://tara.ria.ee"
    assert app["settings"]["oauth_pkce_enabled"] is True


@pytest.mark.parametrize("text", ["", "{}", "[1]", "[{}]", "not json"])
def test_file_of_providers_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "eid.json"
    file.write_text(text)

    with pytest.raises(ImproperlyConfigured):
        presets.read(str(file), may_be_plain=False)


def test_no_file_means_no_provider() -> None:
    assert presets.read("", may_be_plain=False) == []
