# SPDX-License-Identifier: BSD-2-Clause
"""Child processes that cannot outlive us, and ports to give them."""

import socket
import subprocess


def spawn(command, **options):
    """Popen, killed by the kernel when the calling *thread* ends, so that a
    killed test run leaves no server behind. Call it from a thread that lasts."""
    return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command],
                            stdin=subprocess.DEVNULL, **options)


def run(*command, cwd=None):
    """What the command printed; says what it complained of when it fails."""
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout


def stop(process, patience=5):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def bind_pair(address="127.0.0.1", port=0, tries=50):
    """A UDP and a listening TCP socket on the same port."""
    for _ in range(tries):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            udp.bind((address, port))
            tcp.bind((address, udp.getsockname()[1]))
            tcp.listen(256)
            return udp, tcp
        except OSError:
            udp.close()
            tcp.close()
            if port:
                raise
    raise OSError(f"no port is free for both UDP and TCP on {address}")


def free_port(address="127.0.0.1"):
    """A port nobody has at this moment; the caller must be ready to lose it."""
    udp, tcp = bind_pair(address)
    port = udp.getsockname()[1]
    udp.close()
    tcp.close()
    return port
