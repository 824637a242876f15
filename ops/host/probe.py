"""Tries to reach things and says what came of it. Python's standard library alone: it runs inside a session.

stdin:   one try a line: `<how> <where> <what>`
stdout:  one answer a line, in the same order: `<reached|refused|silent> <milliseconds>`

    tcp <address> <port>        reached: connected
    udp <address> <port>        reached: something came back
    icmp <address> -            reached: an echo came back (as an ordinary user: net.ipv4.ping_group_range)
    dns <address> <name>        reached: an answer to a query over UDP
    dns-tcp <address> <name>    the same over TCP
    resolve - <name>            reached: what every program of the system would do found an address
    unix <path> -               reached: connected to a socket in the file system, or to the abstract one `@name`

`refused` means that it failed at once or with an error, `silent` that nothing had come after SECONDS.
"""
import socket
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor

SECONDS = 1.5
SERVFAIL, REFUSED = 2, 5
ENGINES_RESOLVER = "127.0.0.11"


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def opened(kind, address, port, protocol=0):
    """A socket that is connected, so that ICMP errors come back to it; `%eth0` in the address is understood."""
    sock = socket.socket(family(address), kind, protocol)
    sock.settimeout(SECONDS)
    sock.connect(socket.getaddrinfo(address, port, family(address), kind)[0][4])
    return sock


def tcp(address, port):
    opened(socket.SOCK_STREAM, address, int(port)).close()


def udp(address, port):
    with opened(socket.SOCK_DGRAM, address, int(port)) as sock:
        sock.send(b"medforge?")
        sock.recv(512)


def icmp(address, _):
    six = ":" in address
    with opened(socket.SOCK_DGRAM, address, 0, socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP) as sock:
        # The kernel fills in checksum and identifier.
        sock.send(struct.pack("!BBHHH", 128 if six else 8, 0, 0, 0, 1) + b"medforge")
        sock.recv(512)


def query(name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", 0x4D46, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, 1, 1)


def heard(address, answer):
    # The engine's resolver is in every session; it has reached somebody when it brings more than its own failure.
    if address == ENGINES_RESOLVER and (len(answer) < 4 or answer[3] & 15 in (SERVFAIL, REFUSED)):
        raise ConnectionRefusedError
    if not answer:
        raise ConnectionRefusedError


def dns(address, name):
    with opened(socket.SOCK_DGRAM, address, 53) as sock:
        sock.send(query(name))
        heard(address, sock.recv(512))


def dns_tcp(address, name):
    with opened(socket.SOCK_STREAM, address, 53) as sock:
        asked = query(name)
        sock.sendall(struct.pack("!H", len(asked)) + asked)
        heard(address, sock.recv(514)[2:])


def resolve(_, name):
    socket.getaddrinfo(name, 443)


def unix(path, _):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(SECONDS)
        sock.connect("\0" + path[1:] if path.startswith("@") else path)


HOWS = {"tcp": tcp, "udp": udp, "icmp": icmp, "dns": dns, "dns-tcp": dns_tcp, "resolve": resolve, "unix": unix}


def attempt(line):
    how, where, what = line.split()
    began = time.monotonic()
    try:
        HOWS[how](where, what)
        came = "reached"
    except TimeoutError:
        came = "silent"
    except OSError:
        came = "refused"
    return f"{came} {(time.monotonic() - began) * 1000:.0f}"


if __name__ == "__main__":
    # Those that are silent must not keep the others waiting.
    with ThreadPoolExecutor(256) as pool:
        for answer in pool.map(attempt, [line for line in sys.stdin if line.strip()]):
            print(answer)
