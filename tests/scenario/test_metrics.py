"""What a monitoring system reads from duband, and who may read it."""

import subprocess

import pytest

from harness import Duband


def scrape(centre, identity=None, path="/metrics", port=None):
    """(HTTP status, body), over TLS with the certificate of @identity."""
    certificate = ["--cert", identity.certificate_file, "--key", identity.key_file] \
        if identity else []
    port = port or centre.port
    done = subprocess.run(
        ["curl", "--silent", "--http2", "--max-time", "20", "--cacert", centre.authority.file,
         "--resolve", f"localhost:{port}:127.0.0.1", "--write-out", "\n%{http_code} %{http_version}",
         *certificate, f"https://localhost:{port}{path}"],
        stdout=subprocess.PIPE, text=True, check=True)
    body, last = done.stdout.rsplit("\n", 1)
    status, version = last.split()
    assert version == "2"
    return int(status), body


def values_of(text):
    """Each value by its name; every one has its help and its type before it."""
    values, told = {}, {}
    for line in text.splitlines():
        if line.startswith("# "):
            _, kind, name, _ = line.split(" ", 3)
            told.setdefault(name, []).append(kind)
        else:
            name, value = line.split()
            assert told[name] == ["HELP", "TYPE"]
            values[name] = int(value)
    return values


@pytest.fixture(scope="module")
def centre(postgres, tmp_path_factory):
    listener = {"address": "127.0.0.1:0", "client_certificates": "optional"}
    running = Duband(tmp_path_factory.mktemp("centre"), postgres.create(),
                     settings={"server": {"listeners": [listener]}})
    running.start()
    yield running
    assert running.stop() == 0


def test_an_operator_reads_what_goes_on(centre):
    status, text = scrape(centre, centre.authority.operator())
    assert status == 200
    first = values_of(text)
    assert first["duband_database_up"] == 1 and first["duband_schema_version"] >= 1
    assert first["duband_calls_open"] == 1 and first["duband_connections_open"] >= 1
    assert first["duband_start_time_seconds"] > 1600000000
    second = values_of(scrape(centre, centre.authority.operator())[1])
    assert second["duband_http_requests_total"] == first["duband_http_requests_total"] + 1
    assert second["duband_connections_total"] == first["duband_connections_total"] + 1


def test_the_office_and_other_nodes_may_read_too(centre):
    for identity in (centre.authority.person("bangongshi", "li"), centre.authority.node(2)):
        assert scrape(centre, identity)[0] == 200


def test_nobody_else_may(centre):
    for identity in (None, centre.authority.agent("yuhua"),
                     centre.authority.person("gengxin", "wang")):
        status, text = scrape(centre, identity)
        assert status == 403 and "duband_" not in text


def test_there_is_nothing_else(centre):
    assert scrape(centre, centre.authority.operator(), "/")[0] == 404
    assert scrape(centre, centre.authority.operator(), "/metrics/")[0] == 404


def test_a_listener_without_metrics_has_none(postgres, tmp_path):
    listener = {"address": "127.0.0.1:0", "client_certificates": "required",
                "services": ["reports"]}
    centre = Duband(tmp_path, postgres.create(), settings={"server": {"listeners": [listener]}})
    centre.start()
    try:
        assert scrape(centre, centre.authority.operator())[0] == 404
    finally:
        assert centre.stop() == 0
