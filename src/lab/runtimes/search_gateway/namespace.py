"""Start a program in a network namespace of its own, and hand its parent sockets into it.

Run as a script, before the program, by a bare interpreter (``-I -S``: it imports nothing of
ours and costs a few milliseconds)::

    namespace.py run FD COUNT program args…    # then becomes the program (same process id)
    namespace.py join FD COUNT PID             # more sockets into the namespace of PID

A socket belongs for life to the network namespace in which it was made, whoever holds it. So this
launcher enters a fresh user and network namespace, raises its loopback, makes COUNT unconnected
TCP sockets, sends them through the Unix socket FD (SCM_RIGHTS) and becomes the program. The parent
can then connect to the program's loopback port; nothing else on the machine can reach it, and no
bridge process stays behind. Where namespaces cannot be had (macOS, hardened kernels) it sends the
reason and no socket, and becomes the program on the ordinary loopback.
"""

from __future__ import annotations

import array
import ctypes
import os
import signal
import socket
import struct
import sys

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1


def _call(name: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def _raise_loopback() -> None:
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("16sh14x", b"lo", 0)
        answer = fcntl.ioctl(probe, SIOCGIFFLAGS, request)
        flags = struct.unpack("16sh14x", answer)[1] | IFF_UP
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags))


def _enter_new() -> None:
    if not sys.platform.startswith("linux"):
        raise OSError(0, "pas d'espaces de noms réseau sur ce système")
    _call("unshare", CLONE_NEWUSER | CLONE_NEWNET)
    _raise_loopback()


def _enter_of(pid: int) -> None:
    for kind, flag in (("user", CLONE_NEWUSER), ("net", CLONE_NEWNET)):
        handle = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY)
        _call("setns", handle, flag)
        os.close(handle)


def _send(channel: socket.socket, count: int) -> None:
    made = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(count)]
    handles = array.array("i", [one.fileno() for one in made])
    channel.sendmsg([b"ok"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handles)])


def main(arguments: list[str]) -> None:
    """Do what the module says; `run` never returns."""
    mode, descriptor, count, *rest = arguments
    channel = socket.socket(fileno=int(descriptor))
    try:
        if mode == "join":
            _enter_of(int(rest[0]))
        else:
            _enter_new()
        _send(channel, int(count))
    except OSError as error:
        channel.sendall(f"no {error.strerror}".encode()[:200])
    channel.close()
    if mode == "run":
        if sys.platform.startswith("linux"):
            # set last: a change of credentials would clear it
            _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        os.execv(rest[0], rest)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
