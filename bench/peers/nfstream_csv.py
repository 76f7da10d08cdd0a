"""Writes the flows of a capture to CSV with nfstream: one meter, every other option at its default."""
import sys

from nfstream import NFStreamer

if __name__ == "__main__":
    source, target = sys.argv[1:]
    print(NFStreamer(source=source, n_meters=1).to_csv(path=target))
