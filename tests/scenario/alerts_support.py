"""A mail server and group robots that tests can switch off, and readers of streams."""
import email
import email.policy
import http.server
import json
import socket
import threading
import urllib.parse

import grpc
from aiosmtpd.controller import Controller

from harness import wait_for
from protos import alerts_pb2


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class MailSink:
    """Keeps what it is sent. Down: nothing listens on its port."""

    def __init__(self):
        self.port, self.messages, self.controller = free_port(), [], None
        self.refuse = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return "550 5.1.1 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.messages.append((envelope.rcpt_tos, email.message_from_bytes(
            envelope.content, policy=email.policy.default)))
        return "250 OK"

    def up(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()
        return self

    def down(self):
        if self.controller is not None:
            self.controller.stop()
            self.controller = None

    def to(self, address):
        return [message for addresses, message in self.messages if address in addresses]


class RobotSink:
    """One HTTP server for several robots, told apart by path; answers as they do."""

    def __init__(self):
        self.posts, self.answers = [], {}
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                url = urllib.parse.urlsplit(self.path)
                status, answer = sink.answers.get(url.path, (200, {"errcode": 0}))
                sink.posts.append((url.path, dict(urllib.parse.parse_qsl(url.query)),
                                   json.loads(body), status))
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def of(self, path):
        return [(query, body) for where, query, body, status in self.posts
                if where == path and status == 200]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Watching:
    """An open stream, read by a thread."""

    def __init__(self, client, after=0, unit=""):
        self.events, self.error = [], None
        self.call = client.alerts.WatchAlerts(
            alerts_pb2.WatchAlertsRequest(after=after, unit=unit))
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        try:
            for event in self.call:
                self.events.append(event)
        except grpc.RpcError as error:
            self.error = error

    @property
    def alerts(self):
        return [e.alert for e in list(self.events) if e.WhichOneof("event") == "alert"]

    @property
    def clocks(self):
        return [e.clock.plan_at for e in list(self.events)
                if e.WhichOneof("event") == "clock"]

    def wait_alerts(self, count):
        wait_for(lambda: len(self.alerts) >= count, f"{count} alerts on the stream")
        return self.alerts

    def wait_error(self):
        wait_for(lambda: self.error is not None, "the stream to end")
        return self.error

    def stop(self):
        self.call.cancel()
        self.thread.join(10)
