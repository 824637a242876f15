"""A session's app that tries what it can: says every header it gets, and sets cookies named like MedForge's.
usage: hostile-app.py <port> <parent domain>"""
import http.server
import json
import sys

PORT, PARENT = int(sys.argv[1]), sys.argv[2]
OURS = ("__Host-medforge_session", "__Host-medforge_app", "__host-medforge_app", "medforge")


class App(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.headers.get("Upgrade"):
            self.send_response(101)
            self.send_header("Connection", "Upgrade")
            self.send_header("Upgrade", "websocket")
            self.end_headers()
            self.close_connection = True
            while data := self.connection.recv(1024):
                self.connection.sendall(data)
            return
        body = json.dumps(self.headers.items()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        for name in OURS:
            self.send_header("Set-Cookie", f"{name}=evil; Secure; Path=/; Domain={PARENT}")
            self.send_header("Set-Cookie", f"{name}=evil; Secure; Path=/")
        self.send_header("Clear-Site-Data", '"*"')
        self.send_header("X-MedForge-Upstream", "127.0.0.1:1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("0.0.0.0", PORT), App).serve_forever()
