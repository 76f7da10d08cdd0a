# Sends the frames of captures (classic pcap, Ethernet) over two devices: send-captures.py ONE OTHER CAPTURE ... Those from a smaller MAC address than they go to over the
# one, others over the other.
import socket, struct, sys

def bound(device):
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((device, 0x0800))
    return out

one, other = bound(sys.argv[1]), bound(sys.argv[2])
sent = 0
for name in sys.argv[3:]:
    with open(name, 'rb') as file:
        data = file.read()
    at = 24
    while at < len(data):
        (length,) = struct.unpack_from('<I', data, at + 8)
        frame = data[at + 16 : at + 16 + length]
        (one if frame[6:12] < frame[:6] else other).send(frame)
        at += 16 + length
        sent += 1
print(sent)
