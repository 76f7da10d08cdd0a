"""Writes the flows of captures as CSV with nfstream's own to_csv. Arguments: capture and target, any number of pairs."""
import sys

from nfstream import NFStreamer

if __name__ == "__main__":
    for source, target in zip(sys.argv[1::2], sys.argv[2::2]):
        NFStreamer(source=source, n_dissections=0, statistical_analysis=True, splt_analysis=7, n_meters=1).to_csv(path=target)
