"""An app in a session that writes down every request it gets, whole, and tries to set cookies in MedForge's name.
usage: listening-app.py <port> <log>"""
import http.server
import json
import sys

PORT, LOG = int(sys.argv[1]), sys.argv[2]
EVIL = [
    f"{name}=evil; Path=/; Secure{domain}"
    for name in ("__Host-medforge_session", "__host-medforge_session", "__Host-medforge_app", "", "theme")
    for domain in ("", "; Domain=medforge.localhost", "; Domain=external.medforge.localhost")
]


class App(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("latin1")
        with open(LOG, "a", encoding="utf8") as log:
            log.write(json.dumps([self.requestline, self.headers.items(), body]) + "\n")
        if self.headers.get("Upgrade"):
            self.send_response(101)
            self.send_header("Connection", "Upgrade")
            self.send_header("Upgrade", "websocket")
            self.end_headers()
            self.connection.recv(1)
            self.close_connection = True
            return
        page = b"<!doctype html><title>An app</title><body>Hello"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        for cookie in EVIL:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(page)

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = answer

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("0.0.0.0", PORT), App).serve_forever()
