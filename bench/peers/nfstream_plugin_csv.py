"""Writes the flows of a capture to CSV with nfstream and the plugin of its README: one meter, every other option at its default."""
import sys

from nfstream import NFPlugin, NFStreamer


class BigPackets(NFPlugin):
    def on_init(self, packet, flow):
        flow.udps.count_pkts_gt_666 = 1 if packet.raw_size > 666 else 0

    def on_update(self, packet, flow):
        if packet.raw_size > 666:
            flow.udps.count_pkts_gt_666 += 1


if __name__ == "__main__":
    source, target = sys.argv[1:]
    print(NFStreamer(source=source, n_meters=1, udps=BigPackets()).to_csv(path=target))
