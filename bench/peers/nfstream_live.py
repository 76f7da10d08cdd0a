"""Counts the flows of a device with nfstream, until SIGINT: one meter, every other option at its default. It tells what it has processed every second."""
import sys

from nfstream import NFStreamer

if __name__ == "__main__":
    print("listening", flush=True)
    for _ in NFStreamer(source=sys.argv[1], n_meters=1, performance_report=1):
        pass
