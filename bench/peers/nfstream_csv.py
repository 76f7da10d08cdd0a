"""Writes the flows of a capture to CSV with nfstream: one meter, every other option at its default, or with statistics and this many first packets."""
import sys

from nfstream import NFStreamer

if __name__ == "__main__":
    source, target, *packets = sys.argv[1:]
    more = {"statistical_analysis": True, "splt_analysis": int(packets[0])} if packets else {}
    print(NFStreamer(source=source, n_meters=1, **more).to_csv(path=target))
