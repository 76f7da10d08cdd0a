import pytest
from pyspark_nfstream import NfstreamError
from pyspark_nfstream.options import SourceOptions


@pytest.mark.parametrize(
    ("given", "flags"),
    [
        ({"splt": "20"}, ["--splt=20"]),
        ({"features": "full"}, ["--features=full"]),
        ({"idle_timeout": "15"}, ["--idle-timeout=15"]),
        ({"idletimeout": "none"}, ["--idle-timeout=none"]),  # as Spark gives idleTimeout
        ({"idle-timeout": "15"}, ["--idle-timeout=15"]),
        ({"statistics": "true"}, ["--statistics"]),
        ({"statistics": "False"}, []),
        ({"decode_tunnels": "false"}, ["--no-decode-tunnels"]),
        ({"decode_tunnels": "true"}, []),
        ({"decode_tunnels": "vxlan,gre"}, ["--decode-tunnels=vxlan,gre"]),
        ({"metric": "a=count(packet.syn)\n\n b = sum(packet.size) "}, ["--metric=a=count(packet.syn)", "--metric=b = sum(packet.size)"]),
        ({"filter": "--output=/etc/passwd"}, ["--filter=--output=/etc/passwd"]),
        ({"fields": "src_ip,dst_ip"}, ["--fields=src_ip,dst_ip"]),
        ({"anonymize": "src_ip", "anonymize_key_file": "key"}, ["--anonymize=src_ip", "--anonymize-key-file=key"]),
        ({"path": "/captures", "damage": "rows"}, []),
    ],
)
def test_become_flags(given, flags):
    assert list(SourceOptions.of(given).flags) == flags


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"spit": "20"}, "There is no option spit. Did you mean splt?"),
        ({"partitionbites": "1"}, "Did you mean partition_bytes?"),
        ({"zzz": "20"}, r"There is no option zzz\.$"),
        ({"statistical_analysis": "true"}, "it is called statistics here"),
        ({"bpf_filter": "tcp"}, "it is called filter here"),
        ({"statistics": "yes"}, "Expected true or false for the option statistics but received 'yes'"),
        ({"on_damage": "abort"}, "not for Spark: say damage"),
        ({"maxFlows": "1"}, r"use limit\(\)"),
        ({"output": "x"}, "write the DataFrame"),
        ({"damage": "ignore"}, "Expected fail or rows for the option damage"),
        ({"partition_bytes": "many"}, "Expected bytes, such as 256m"),
        ({"settle": "-1"}, "Expected a number of seconds for the option settle"),
        ({"max_files_per_trigger": "0"}, "Expected a whole number from 1"),
        ({"idle_timeout": "1", "idleTimeout": "2"}, "is given twice"),
        ({"anonymize": "src_ip"}, "needs anonymize_key_file"),
        ({"packed": "true"}, "The option packed is for pieces of flows; say partial=True as well"),
        ({"packed": "yes", "partial": "true"}, "Expected true or false for the option packed but received 'yes'"),
        ({"paths": "not json"}, "Expected a JSON array of paths"),
        ({"paths": "[1]"}, "Expected a JSON array of paths"),
    ],
)
def test_refused(given, told):
    with pytest.raises(NfstreamError, match=told):
        SourceOptions.of(given)


def test_own():
    options = SourceOptions.of({"paths": '["a", "b"]', "partition_bytes": "64MB", "settle": "0.5", "maxFilesPerTrigger": "3", "log": "l", "command": "c"})
    assert options == SourceOptions(paths=("a", "b"), partition_bytes=64 << 20, settle=0.5, max_files_per_trigger=3, log="l", command="c")
    assert SourceOptions.of({"Packed": "True", "partial": "true"}).packed
    assert not SourceOptions.of({"packed": "false"}).packed
