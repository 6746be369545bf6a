#!/usr/bin/env python3
"""line.py GATEWAY-PORT LOG PORT-FILE - listens to a line between an agent and the gateway, as whoever owns a router can.

Passes every byte on and writes a line per TLS record: monotonic time in ns, `ask` (to the agent) or `answer` (from
it), length of the record. The records' contents stay closed to it. One connection at a time.
"""
import os
import socket
import sys
import threading
import time

gateway, log, port_file = int(sys.argv[1]), open(sys.argv[2], "a", buffering=1), sys.argv[3]
lock = threading.Lock()


def listen(into, out_of, word):
    waiting = b""
    try:
        while data := out_of.recv(65536):
            now = time.monotonic_ns()
            into.sendall(data)
            waiting += data
            while len(waiting) >= 5 and len(waiting) >= (n := 5 + int.from_bytes(waiting[3:5], "big")):
                with lock:
                    log.write(f"{now} {word} {n}\n")
                waiting = waiting[n:]
    except OSError:
        pass
    for s in (into, out_of):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


server = socket.create_server(("127.0.0.1", 0))
with open(port_file + ".new", "w") as f:
    f.write(f"{server.getsockname()[1]}\n")
os.rename(port_file + ".new", port_file)
while True:
    agent, _ = server.accept()
    try:
        up = socket.create_connection(("127.0.0.1", gateway))
    except OSError:
        agent.close()
        continue
    for s in (agent, up):
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=listen, args=(agent, up, "ask"), daemon=True).start()
    threading.Thread(target=listen, args=(up, agent, "answer"), daemon=True).start()
