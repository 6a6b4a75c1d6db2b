"""A link between two TUN devices that is late and loses packets, for kernels without netem.

Usage: bad_link.py NAME_A NAME_B; prints "ready" when both devices exist, then reads "DELAY_MS LOSS_PERCENT" lines from
standard input, and ends when that is closed. Loss is drawn from a fixed seed.
"""
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def open_tun(name):
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    os.set_blocking(device, False)
    return device


def main():
    ends = [open_tun(name) for name in sys.argv[1:3]]
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    print("ready", flush=True)
    delay, loss, late, count = 0.0, 0.0, [], 0
    draw = random.Random(1)
    while True:
        wait = max(0.0, late[0][0] - time.monotonic()) if late else None
        for source in select.select([0, *ends], [], [], wait)[0]:
            if source == 0:
                line = os.read(0, 4096).decode()
                if line == "":
                    return
                delay, loss = (float(part) for part in line.strip().split("\n")[-1].split())
                print("set", flush=True)
                continue
            packet = os.read(source, 65536)
            if draw.random() * 100 >= loss:
                count += 1
                heapq.heappush(late, (time.monotonic() + delay / 1000, count, other[source], packet))
        while late and late[0][0] <= time.monotonic():
            _, _, end, packet = heapq.heappop(late)
            try:
                os.write(end, packet)
            except OSError:
                pass  # The other end is down, which loses the packet like any other.


main()
