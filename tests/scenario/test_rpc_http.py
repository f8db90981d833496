"""Plain HTTP beside gRPC: what curl, nghttp, a browser and a rude client get."""

import hashlib
import os
import pathlib
import shutil
import subprocess

import pytest
from hyperframe.frame import (DataFrame, GoAwayFrame, HeadersFrame, PingFrame,
                              RstStreamFrame, WindowUpdateFrame)

from test_rpc_http2 import CANCEL, NO_ERROR, Wire
from test_rpc_support import BIN, SERVER, Authority, channel, unary, until

INTERNAL_ERROR = 2
PAGE = ("<!doctype html><meta charset=utf-8><title>督办</title><link rel=stylesheet href=a.css>"
        "<p id=p>empty</p><script src=js/a.js></script>")


class HttpServer:
    """rpc-http-server as a process."""

    def __init__(self, folder, *tls, address="127.0.0.1:0", **environment):
        self.process = subprocess.Popen(
            [str(BIN / "rpc-http-server"), address, str(folder), *tls], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
        ready = self.process.stdout.readline().split()
        assert ready and ready[0] == "ready", ready
        self.port = int(ready[1])
        self.base = f"http://127.0.0.1:{self.port}"

    def count(self, name):
        lines = curl(self, "/metrics").body.decode().splitlines()
        return int(dict(line.split() for line in lines)[name])

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
        assert self.process.wait(timeout=20) == 0


def get(wire, stream, path, method="GET", end=True):
    """The frame of a browser's request."""
    fields = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "t")]
    frame = HeadersFrame(stream, wire.encoder.encode(fields))
    frame.flags |= {"END_HEADERS", "END_STREAM"} if end else {"END_HEADERS"}
    return frame


class Answer:
    def __init__(self, head, body, code):
        lines = head.decode().strip().splitlines()
        self.status = int(lines[0].split()[1]) if lines else None
        self.headers = dict(line.split(": ", 1) for line in lines[1:])
        self.body, self.code = body, code


def curl(server, path, *arguments):
    """curl over HTTP/2 without TLS; the path goes out as it stands."""
    head = f"/tmp/rpc-http-{os.getpid()}.head"
    done = subprocess.run(
        ["curl", "--silent", "--http2-prior-knowledge", "--path-as-is", "--max-time", "30",
         "--dump-header", head, *arguments, server.base + path],
        stdout=subprocess.PIPE, check=False)
    with open(head, "rb") as file:
        answer = Answer(file.read(), done.stdout, done.returncode)
    os.unlink(head)
    return answer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("place")
    web = root / "web"
    (web / "js").mkdir(parents=True)
    (web / "index.html").write_text(PAGE)
    (web / "a.css").write_text("p { color: rgb(1, 2, 3) }")
    (web / "js" / "a.js").write_text("document.getElementById('p').textContent = 'it runs'")
    (web / "月报 一.txt").write_text("进展")
    (web / "empty").write_bytes(b"")
    (web / "large.bin").write_bytes(os.urandom(1 << 20) * 24)
    (web / "many").mkdir()
    for i in range(150):
        (web / "many" / f"{i}.txt").write_text(f"{i}" * 1000)
    (web / ".hidden").write_text("secret")
    (root / "secret.txt").write_text("secret")
    (web / "outside").symlink_to("../secret.txt")
    (web / "inside.css").symlink_to("a.css")
    return web


@pytest.fixture(scope="module")
def server(folder):
    running = HttpServer(folder)
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def nothing_is_left_open(request):
    yield
    if "server" in request.fixturenames:
        running = request.getfixturevalue("server")
        until(lambda: running.count("calls_open") == 1)  # the one that asks


# Bytes at once.

def test_a_get_is_answered(server):
    answer = curl(server, "/hello?name=%E9%9B%A8%E8%8A%B1")
    assert (answer.status, answer.body.decode()) == (200, "hello, 雨花\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "max-age=60"
    assert answer.headers["content-length"] == str(len(answer.body))


def test_what_the_client_has_is_not_sent_again(server):
    etag = curl(server, "/hello").headers["etag"]
    for known in (etag, f'"x", W/{etag}', "*"):
        answer = curl(server, "/hello", "-H", f"If-None-Match: {known}")
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["etag"] == etag and "content-length" not in answer.headers
    assert curl(server, "/hello", "-H", 'If-None-Match: "other"').status == 200


@pytest.mark.parametrize("path", ["/hello", "/files/", "/files/large.bin", "/stream?size=9&length=1"])
def test_head_is_a_get_without_its_body(server, path):
    get, head = curl(server, path), curl(server, path, "--head")
    assert (head.status, head.headers) == (200, get.headers)
    assert head.code == 0 and get.code == 0


def test_head_of_an_error_has_no_body(server):
    with Wire(server.port) as wire:
        wire.send(get(wire, 1, "/nothing", method="HEAD"))
        fields, data, reset = wire.answer(1)
        assert (fields[":status"], data, reset) == ("404", b"", None)


def test_a_handler_sees_the_request(server):
    answer = curl(server, "/mirror/a%20b/%E6%9C%88?x=1&y=%20", "-H", "Accept: text/html",
                  "-H", "Cookie: a=1")
    said = dict(line.split("=", 1) for line in answer.body.decode().splitlines())
    assert said["path"] == "/mirror/a b/月" and said["rest"] == "a b/月"
    assert said["query"] == "x=1&y=%20" and said["accept"] == "text/html"
    assert said["from"].startswith("127.0.0.1:") and said["cookie"] == "a=1"


def test_headers_in_several_lines_are_one(server):
    with Wire(server.port) as wire:
        fields = [(":method", "GET"), (":scheme", "http"), (":path", "/mirror/"),
                  (":authority", "t"), ("cookie", "a=1"), ("accept", "b"), ("cookie", "c=2"),
                  ("accept", "d")]
        frame = HeadersFrame(1, wire.encoder.encode(fields))
        frame.flags |= {"END_HEADERS", "END_STREAM"}
        wire.send(frame)
        _, data, _ = wire.answer(1)
        assert b"accept=b, d\n" in data and b"cookie=a=1; c=2\n" in data


def test_the_longest_route_wins(server):
    assert b"rest=x\n" in curl(server, "/mirror/%E6%9C%88%E6%8A%A5/x").body
    assert b"rest=\n" in curl(server, "/mirror/").body


def test_a_folder_without_its_slash_is_sent_there(server):
    answer = curl(server, "/mirror?a=%20")
    assert (answer.status, answer.headers["location"]) == (301, "/mirror/?a=%20")
    answer = curl(server, "/files/js")
    assert (answer.status, answer.headers["location"]) == (301, "/files/js/")
    assert curl(server, "/files//evil.example/js").status == 404


@pytest.mark.parametrize("path, status", [
    ("/nothing", 404), ("/", 404), ("/hello/", 404), ("/test.Echo/Unary", 404),
    ("/files/%2e%2e/secret.txt", 400), ("/files/../secret.txt", 400),
    ("/files/..%2fsecret.txt", 400), ("/files/js/%2E%2E/%2E%2E/secret.txt", 400),
    ("/files/%00", 400), ("/files/index.html%00.png", 400), ("/files/%", 400),
    ("/files/%ff", 400), ("/files/a%0ab", 400), ("/hello?name=%", 400),
    ("/files/.hidden", 404), ("/files/%2ehidden", 404), ("/files/outside", 404),
    ("/files//index.html", 404), ("/files/nothing", 404), ("/files/index.html/", 404),
    ("/files/js/", 404), ("/files/" + "a" * 5000, 404), ("/fail", 500), ("/too-large", 500)])
def test_what_cannot_be_served_is_said(server, path, status):
    answer = curl(server, path)
    assert answer.status == status and b"secret" not in answer.body
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert 0 < len(answer.body) < 200 and answer.code == 0
    assert "cache-control" not in answer.headers


def test_other_methods_are_told_which(server):
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = curl(server, "/hello", "-X", method, "-H", "Content-Type: text/plain")
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert curl(server, "/nothing", "-X", "POST").status == 415
    assert curl(server, "/nothing", "-X", "PUT").status == 404


def test_a_body_on_a_get_is_thrown_away(server):
    answer = curl(server, "/hello", "-X", "GET", "--data-binary", f"@{BIN / 'rpc-http-server'}")
    assert answer.status == 200 and answer.body == b"hello, nobody\n"


@pytest.mark.parametrize("path, status", [("/hello", "200"), ("/nothing", "404"),
                                          ("/files/%00", "400"), ("/mirror", "301")])
def test_the_answer_comes_after_the_whole_request(server, path, status):
    before = server.count("http_total")
    with Wire(server.port) as wire:
        wire.send(get(wire, 1, path, end=False))
        until(lambda: server.count("http_total") > before + 1)
        wire.send(PingFrame(0, opaque_data=b"are you?"))
        first = next(f for f in wire.frames() if f.stream_id == 1 or "ACK" in f.flags and
                     isinstance(f, PingFrame))
        assert isinstance(first, PingFrame)
        wire.send(wire.data(1, b"x"))
        assert wire.answer(1)[0][":status"] == status


def test_a_get_whose_body_never_ends_is_answered_and_let_go(server):
    with Wire(server.port) as wire:
        wire.send(get(wire, 1, "/hello", end=False), wire.data(1, b"x" * 99, end=False))
        fields, data, _ = wire.answer(1)
        assert (fields[":status"], data) == ("200", b"hello, nobody\n")
        assert wire.until(RstStreamFrame, 1).error_code == NO_ERROR


def test_headers_over_the_limit_are_refused(server):
    assert curl(server, "/hello", "-H", "X-Large: " + "x" * 20000).status == 431


# Streams.

@pytest.mark.parametrize("length", [0, 1])
@pytest.mark.parametrize("size", [0, 1, 100000, 20000000])
def test_a_streamed_answer_arrives_whole(server, size, length):
    before = server.count("writable")
    answer = curl(server, f"/stream?size={size}&length={length}")
    assert (answer.status, len(answer.body), answer.code) == (200, size, 0)
    assert answer.headers.get("content-length") == (str(size) if length else None)
    assert (server.count("writable") > before) == (size > 64 * 1024)


def test_a_slow_reader_stops_the_writer(server):
    with Wire(server.port) as wire:
        wire.send(get(wire, 1, "/stream?size=100000000"))
        got = 0
        while got < 65535:  # all that the windows allow
            got += len(wire.until(DataFrame, 1).data)
        assert got == 65535
        assert curl(server, "/hello").status == 200
        before = server.count("writable")
        wire.send(WindowUpdateFrame(0, window_increment=100000),
                  WindowUpdateFrame(1, window_increment=100000))
        while got < 165535:
            got += len(wire.until(DataFrame, 1).data)
        assert got == 165535
        until(lambda: server.count("writable") > before)


def test_an_answer_that_is_cut_does_not_look_whole(server):
    with Wire(server.port) as wire:
        wire.send(get(wire, 1, "/short"))
        assert wire.answer(1)[2] == INTERNAL_ERROR


def test_a_file_that_changes_is_cut(server, folder):
    file = folder / "grows.bin"
    file.write_bytes(bytes(1000000))
    with Wire(server.port) as wire:
        wire.send(get(wire, 1, "/files/grows.bin"))
        assert wire.until(DataFrame, 1)
        file.write_bytes(bytes(2000000))
        wire.send(WindowUpdateFrame(0, window_increment=3000000),
                  WindowUpdateFrame(1, window_increment=3000000))
        assert wire.answer(1)[2] == INTERNAL_ERROR


@pytest.mark.parametrize("path", ["/wait", "/wait?begin=1", "/stream?size=9000000",
                                  "/files/large.bin"])
def test_a_client_that_goes_away_is_noticed(server, path):
    before = server.count("cancelled")
    with Wire(server.port) as wire:
        wire.send(get(wire, 1, path))
        until(lambda: server.count("calls_open") > 1)
        wire.send(RstStreamFrame(1, error_code=CANCEL))
        if path.startswith("/files"):
            until(lambda: server.count("calls_open") == 1)
        else:
            until(lambda: server.count("cancelled") == before + 1)
    with Wire(server.port) as wire:  # a broken line is the same
        wire.send(get(wire, 1, path))
        until(lambda: server.count("calls_open") > 1)


def test_a_client_that_takes_nothing_is_cut_off(folder):
    running = HttpServer(folder, HTTP_REQUEST_MS="300")
    with Wire(running.port, settings={4: 0}) as wire:  # no window at all
        wire.send(get(wire, 1, "/stream?size=1000000"),
                  get(wire, 3, "/files/large.bin"),
                  get(wire, 5, "/hello"))
        cut = {}
        for frame in wire.frames():
            if isinstance(frame, RstStreamFrame):
                cut[frame.stream_id] = frame.error_code
            if len(cut) == 3:
                break
        assert cut == {1: CANCEL, 3: CANCEL, 5: CANCEL}
    until(lambda: running.count("calls_open") == 1)
    # One that waits for a handler is left alone.
    with Wire(running.port) as wire:
        wire.send(get(wire, 1, "/wait?begin=1"))
        for _ in range(20):
            curl(running, "/stream?size=3000000", "--limit-rate", "30M")
        assert running.count("calls_open") == 2
    running.stop()


def test_who_does_not_read_is_not_served_more(folder):
    running = HttpServer(folder, HTTP_MEMORY="6000000")
    with Wire(running.port, settings={4: 0}) as wire:
        for stream in range(1, 81, 2):
            wire.send(get(wire, stream, "/large"))
        wire.send(get(wire, 81, "/nothing"), get(wire, 83, "/large"))
        wire.send(RstStreamFrame(83, error_code=CANCEL))
        until(lambda: running.count("calls_open") == 42)
        assert running.count("larges") == 3  # with the third half the limit is passed
        assert curl(running, "/hello").status == 200
        wire.send(RstStreamFrame(1, error_code=CANCEL))  # room for one more
        until(lambda: running.count("larges") == 4)
        for stream in range(3, 81, 2):
            wire.send(WindowUpdateFrame(stream, window_increment=1 << 20))
        wire.send(WindowUpdateFrame(81, window_increment=1000))
        got, ended = {}, {1}
        for frame in wire.frames():
            if isinstance(frame, DataFrame):
                got[frame.stream_id] = got.get(frame.stream_id, 0) + len(frame.data)
                wire.send(WindowUpdateFrame(0, window_increment=max(1, len(frame.data))))
            if "END_STREAM" in frame.flags:
                ended.add(frame.stream_id)
            if len(ended) == 41:
                break
        assert all(got[stream] == 1 << 20 for stream in range(3, 81, 2)) and 0 < got[81] < 100
    until(lambda: running.count("calls_open") == 1)
    running.stop()


def test_a_connection_is_idle_when_nothing_is_asked(folder):
    running = HttpServer(folder, HTTP_IDLE_MS="300")
    with Wire(running.port) as waiting, Wire(running.port) as wire:
        waiting.send(get(waiting, 1, "/wait?begin=1"))
        assert waiting.until(HeadersFrame, 1)
        wire.send(get(wire, 1, "/hello"))
        assert wire.answer(1)[0][":status"] == "200"
        assert wire.goaway() == NO_ERROR
        assert running.count("calls_open") == 2
    running.stop()


# Files.

def test_files_have_types_and_etags(server, folder):
    kinds = {"": "text/html; charset=utf-8", "index.html": "text/html; charset=utf-8",
             "a.css": "text/css; charset=utf-8", "js/a.js": "text/javascript; charset=utf-8",
             "inside.css": "text/css; charset=utf-8", "empty": "application/octet-stream",
             "%E6%9C%88%E6%8A%A5%20%E4%B8%80.txt": "text/plain; charset=utf-8"}
    for path, kind in kinds.items():
        answer = curl(server, "/files/" + path)
        assert (answer.status, answer.headers["content-type"]) == (200, kind)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["content-security-policy"] == "default-src 'self'"
        again = curl(server, "/files/" + path, "-H", f"If-None-Match: {answer.headers['etag']}")
        assert (again.status, again.body) == (304, b"")
    assert curl(server, "/files/").body.decode() == PAGE
    assert curl(server, "/files/empty").headers["content-length"] == "0"


def test_a_changed_file_is_sent_again(server, folder):
    file = folder / "changing.txt"
    file.write_text("one")
    etag = curl(server, "/files/changing.txt").headers["etag"]
    file.write_text("two!")
    answer = curl(server, "/files/changing.txt", "-H", f"If-None-Match: {etag}")
    assert (answer.status, answer.body) == (200, b"two!")


def test_a_large_file_arrives_whole_and_is_never_all_in_memory(server, folder):
    before = memory(server)
    answer = curl(server, "/files/large.bin")
    assert hashlib.sha256(answer.body).digest() == \
        hashlib.sha256((folder / "large.bin").read_bytes()).digest()
    with Wire(server.port) as wire:
        for stream in range(1, 61, 2):  # thirty readers that do not read
            wire.send(get(wire, stream, "/files/large.bin"))
        until(lambda: server.count("calls_open") == 31)
        assert curl(server, "/files/a.css").status == 200
        until(lambda: not is_open(server, "large.bin"))
        assert memory(server) - before < 15 * 24 * 1024  # half of what they read


def memory(server):
    """In KiB."""
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


def is_open(server, name):
    for link in pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir():
        try:
            if os.readlink(link).endswith(name):
                return True
        except FileNotFoundError:
            pass
    return False


def test_nghttp_takes_many_files_over_one_connection(server):
    names = [f"{server.base}/files/many/{i}.txt" for i in range(150)]
    done = subprocess.run(["nghttp", "--no-dep", *names], stdout=subprocess.PIPE, check=True)
    assert len(done.stdout) == sum(len(f"{i}") * 1000 for i in range(150))


# Beside gRPC.

def test_grpc_goes_on_beside(server):
    with channel(server.port) as chan:
        assert unary(chan, "Unary")(b"x", timeout=10) == b"x"
    before = server.count("http_total")
    assert server.count("http_total") == before + 1
    answer = curl(server, "/hello", "-X", "POST", "-H", "Content-Type: application/grpc",
                  "-H", "TE: trailers", "--data-binary", "")
    assert answer.status == 200 and answer.headers["grpc-status"] == "12"


def test_drain_lets_answers_finish_and_takes_no_more(folder):
    running = HttpServer(folder)
    with Wire(running.port) as wire:
        wire.send(get(wire, 1, "/stream?size=200000&length=1"),
                  get(wire, 3, "/wait"),
                  get(wire, 5, "/wait?begin=1"))
        assert wire.until(HeadersFrame, 5)
        running.process.stdin.close()
        assert wire.until(GoAwayFrame).error_code == NO_ERROR
        wire.send(WindowUpdateFrame(0, window_increment=1000000),
                  WindowUpdateFrame(1, window_increment=1000000))
        ended, fields, reset = set(), {}, {}
        for frame in wire.frames():
            if isinstance(frame, HeadersFrame):
                fields[frame.stream_id] = frame.fields[":status"]
            if isinstance(frame, RstStreamFrame):
                reset[frame.stream_id] = frame.error_code
            if "END_STREAM" in frame.flags:
                ended.add(frame.stream_id)
        # The first came to its end; when the grace was over those that wait were told.
        assert (ended, fields, reset) == ({1, 3}, {3: "503"}, {5: INTERNAL_ERROR})
    running.stop()


# Over TLS, as browsers come.

@pytest.fixture(scope="module")
def tls(folder, tmp_path_factory):
    place = tmp_path_factory.mktemp("tls")
    authority = Authority(place)
    certificate, key, _ = authority.issue("server", "spiffe://test/node/1", SERVER)
    running = HttpServer(folder, certificate, key)
    running.base = f"https://localhost:{running.port}"
    running.ca = authority.file
    yield running
    running.stop()


def test_curl_over_tls(tls):
    answer = curl(tls, "/files/", "--http2", "--cacert", tls.ca)
    assert (answer.status, answer.body.decode()) == (200, PAGE)


def test_a_browser_shows_the_page(tls, tmp_path):
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("no chromium")
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors",
         f"--user-data-dir={tmp_path}", "--virtual-time-budget=10000", "--dump-dom",
         tls.base + "/files/"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=True)
    assert "it runs" in done.stdout.decode(), done.stderr.decode()[-2000:]
