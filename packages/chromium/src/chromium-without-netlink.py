#!/usr/bin/env python3
"""Starts Chromium such that it never hears of network interfaces that come and go.
usage: chromium-without-netlink.py [argument of Chromium…]

Chromium gives up whatever it is loading (ERR_NETWORK_CHANGED) when an address appears or goes away, as one does with
every container that is started or stopped on the same machine. A member's browser is on another one. It learns of
addresses from netlink, has no option against it, and does without where the kernel refuses such a socket: so a
seccomp filter refuses it."""
import ctypes
import os
import struct
import sys

AF_NETLINK, EAFNOSUPPORT = 16, 97
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
# seccomp(2). Of `struct seccomp_data`, the call's number is at 0 and the low half of its first argument at 16.
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
SOCKET = {"x86_64": 41, "aarch64": 198}[os.uname().machine]
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | EAFNOSUPPORT

FILTER = [
    (LOAD, 0, 0, 0),
    (JUMP_IF_EQUAL, 0, 3, SOCKET),
    (LOAD, 0, 0, 16),
    (JUMP_IF_EQUAL, 0, 1, AF_NETLINK),
    (RETURN, 0, 0, REFUSE),
    (RETURN, 0, 0, ALLOW),
]


class Program(ctypes.Structure):
    """`struct sock_fprog`"""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


code = b"".join(struct.pack("HBBI", *step) for step in FILTER)
libc = ctypes.CDLL(None, use_errno=True)
program = Program(len(FILTER), code)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
    raise OSError(ctypes.get_errno(), "PR_SET_NO_NEW_PRIVS")
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program)) != 0:
    raise OSError(ctypes.get_errno(), "PR_SET_SECCOMP")
os.execvp("chromium", ["chromium", *sys.argv[1:]])
