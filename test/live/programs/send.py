# send.py DEVICE FRAMES FLOWS: sends UDP frames of so many flows from a device, without end where FRAMES is 0, until SIGTERM or until the device is gone; prints how
# many the device has taken.
import signal
import socket
import struct
import sys

device, frames, flows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
ended = False


def end(*_):
    global ended
    ended = True


def frame(flow):
    payload = bytes(100)
    udp = struct.pack("!HHHH", 1024 + flow % 60000, 9000 + flow // 60000, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2]))
    return bytes([2] * 12) + b"\x08\x00" + ip + udp


signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, end)
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind((device, 0))
made = [frame(flow) for flow in range(flows)]
print("ready", flush=True)
sent = 0
while not ended and (frames == 0 or sent < frames):
    try:
        link.send(made[sent % flows])
    except OSError as error:
        if error.errno == 105:  # ENOBUFS: the device takes no more for now
            continue
        break
    sent += 1
print(sent, flush=True)
