"""The compose file for real servers, where no container engine runs: its schema, what a service must have.

The JSON schema of the Compose Specification comes with the package check-jsonschema.
"""

from __future__ import annotations

import copy
import json
import re
from importlib import resources
from typing import Any

import jsonschema
import pytest
import yaml
from django.conf import settings

COMPOSE_TEXT = (settings.BASE_DIR / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LASTING = sorted(name for name, service in SERVICES.items() if service.get("restart") != "no")
PRODUCT = ["beat", "migrate", "web", "worker"]
every_service = pytest.mark.parametrize("name", sorted(SERVICES))


def validate(compose: dict[str, Any]) -> None:
    """Raise jsonschema.ValidationError unless the file is what the specification allows."""
    carried = resources.files("check_jsonschema.builtin_schemas") / "vendor" / "compose-spec.json"
    jsonschema.validate(compose, json.loads(carried.read_text(encoding="utf-8")))


def test_the_file_follows_the_compose_specification() -> None:
    validate(COMPOSE)


@pytest.mark.parametrize(
    "change", [{"helthcheck": {}}, {"depends_on": {"web": {"condition": "soon"}}}, {"ports": "80"}]
)
def test_the_schema_refuses_a_mistake(change: dict[str, Any]) -> None:
    broken = copy.deepcopy(COMPOSE)
    broken["services"]["web"] |= change
    with pytest.raises(jsonschema.ValidationError):
        validate(broken)


def test_the_services_are_the_whole_product() -> None:
    assert sorted(SERVICES) == ["beat", "migrate", "postgres", "proxy", "valkey", "web", "worker"]
    assert LASTING == ["beat", "postgres", "proxy", "valkey", "web", "worker"]


@pytest.mark.parametrize("name", LASTING)
def test_every_lasting_service_is_watched_and_comes_back(name: str) -> None:
    health = SERVICES[name]["healthcheck"]
    assert health["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries", "start_period"} <= set(health)
    assert SERVICES[name]["restart"] == "unless-stopped"


@every_service
def test_no_service_runs_as_root_or_can_become_it(name: str) -> None:
    service = SERVICES[name]
    user, _, group = service["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert "cap_add" not in service


@every_service
def test_no_service_writes_to_its_image(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert any(mount.startswith("/tmp") for mount in SERVICES[name]["tmpfs"])


@every_service
def test_only_the_proxy_is_reached_from_outside(name: str) -> None:
    assert ("ports" in SERVICES[name]) == (name == "proxy")
    assert COMPOSE["networks"]["inside"]["internal"] is True
    if name not in ("proxy", "web", "worker"):
        assert SERVICES[name]["networks"] == ["inside"]


@pytest.mark.parametrize("name", ["web", "worker"])
def test_who_sends_mail_reaches_the_mail_server(name: str) -> None:
    """The worker sends the outbox; the mails that change a password leave from the web process."""
    assert "outside" in SERVICES[name]["networks"]


def test_the_proxy_starts_anew_with_the_web_service_whose_address_it_keeps() -> None:
    assert SERVICES["proxy"]["depends_on"]["web"]["restart"] is True


@pytest.mark.parametrize("name", ["beat", "web", "worker"])
def test_the_product_waits_for_the_migrations_and_the_broker(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"},
        "valkey": {"condition": "service_healthy"},
    }
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


@every_service
def test_every_secret_comes_from_the_environment_and_has_no_default(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search("SECRET|PASSWORD|AUTH|DATABASE_URL|REDIS_URL|EMAIL_URL", variable):
            assert re.search(r"\$\{\w+:\?[^}]+\}", value), f"{variable} must be required"
            assert not re.search(r"\$\{\w+:?-", value), f"{variable} has a default"


@pytest.mark.parametrize("name", PRODUCT)
def test_no_service_is_told_to_be_a_local_product(name: str) -> None:
    assert not {"DEBUG", "CREDITRISK_LOCAL", "CREDITRISK_DEMO"} & set(SERVICES[name]["environment"])


def test_every_variable_the_product_is_given_is_read() -> None:
    given = set(SERVICES["web"]["environment"]) - {"WEB_CONCURRENCY"}  # that one is gunicorn's
    source = (settings.BASE_DIR / "creditrisk" / "settings.py").read_text(encoding="utf-8")
    assert given <= set(re.findall(r"env\.\w+\(\s*\"(\w+)\"", source))


def test_the_example_environment_names_exactly_what_the_compose_file_asks_for() -> None:
    example = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)=", example, re.MULTILINE)) == set(
        re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE_TEXT)
    )


def test_no_secret_stands_in_the_example_environment() -> None:
    example = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8")
    for name, value in re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE):
        if re.search("SECRET|PASSWORD|KEY|URL", name):
            assert value == "", f"{name} has a value"


@pytest.mark.parametrize("name", ["postgres", "proxy", "valkey"])
def test_foreign_images_are_pinned_to_a_version(name: str) -> None:
    assert re.search(r":\d+(\.\d+)*-\w+$", SERVICES[name]["image"])


def test_every_file_that_is_mounted_exists() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (settings.BASE_DIR / source).is_file()
            else:
                assert source in COMPOSE["volumes"]


def test_the_proxy_takes_the_largest_body_and_not_much_more() -> None:
    """200 MiB of files and the rest of the form: 210 MiB."""
    config = (settings.BASE_DIR / "docker" / "nginx.conf").read_text(encoding="utf-8")
    [limit_mib] = [int(number) for number in re.findall(r"client_max_body_size (\d+)m;", config)]
    largest_mib = largest_body() / 2**20
    assert largest_mib < limit_mib <= largest_mib + 10


@every_service
def test_what_is_written_to_memory_is_bounded_and_uploads_fit(name: str) -> None:
    """Eight of the largest uploads at the same time in what takes them in: 8 × 202 MiB = 1.6 GiB."""
    sizes = {}
    for mount in SERVICES[name]["tmpfs"]:
        folder, _, options = mount.partition(":")
        [(number, unit)] = re.findall(r"\bsize=(\d+)([mg])\b", options)
        sizes[folder] = int(number) << {"m": 20, "g": 30}[unit]
    if name in ("proxy", "web"):
        assert sizes["/tmp"] >= 8 * largest_body()


def largest_body() -> int:
    """Return the bytes of the largest request that any address takes."""
    files = max(settings.CREDITRISK_REPORT_MAX_BYTES, settings.CREDITRISK_ATTACHMENTS_AT_ONCE_MAX_BYTES)
    return files + settings.CREDITRISK_FORM_MAX_BYTES


@pytest.mark.parametrize(
    "directive",
    [
        "client_header_timeout 10s",
        "client_body_timeout 20s",
        "proxy_request_buffering on",
        "proxy_set_header X-Forwarded-For $remote_addr",
        "proxy_set_header X-Forwarded-Proto https",
    ],
)
def test_the_proxy_buffers_slow_clients_and_passes_no_claims_on(directive: str) -> None:
    config = (settings.BASE_DIR / "docker" / "nginx.conf").read_text(encoding="utf-8")
    assert f"{directive};" in config


def test_the_image_runs_as_the_user_of_the_compose_file_with_locked_packages_only() -> None:
    dockerfile = (settings.BASE_DIR / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE)[-1] == SERVICES["web"]["user"]
    assert "--require-hashes --no-deps -r requirements/runtime.lock" in dockerfile
    assert "all.lock" not in dockerfile
    assert re.search(r"^HEALTHCHECK ", dockerfile, re.MULTILINE)
    assert "--no-control-socket" in dockerfile
