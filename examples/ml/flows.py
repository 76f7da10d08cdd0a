"""What both programs here know of flows: which columns are features, and how the table of them is made."""
import json

import numpy as np
import pandas as pd

# No addresses, ports, names or times of day: a model would learn who it was, and when, instead of what it was.
NEVER = {"id", "expiration_id", "src_port", "dst_port", "vlan_id", "tunnel_id", "tunnel_vni"}


def features_of(frame: pd.DataFrame) -> list[str]:
    """Numbers that tell how a flow behaves, and the lists of its first packets."""
    numbers = [name for name in frame.select_dtypes("number") if name not in NEVER and not name.endswith("_seen_ms") and not name.startswith("application_")]
    return numbers + [name for name in ("splt_direction", "splt_ps", "splt_piat_ms") if name in frame]


def matrix(frame: pd.DataFrame, features: list[str]) -> np.ndarray:
    """The features as predict() feeds them: 32-bit floats, a list as many columns as it has items."""
    parts = [np.stack(frame[name]) if frame[name].dtype == object else frame[[name]].to_numpy(float) for name in features]
    return np.hstack(parts).astype(np.float32)


def features_file(model: str) -> str:
    return model.removesuffix(".onnx") + ".json"


def read_features(model: str) -> list[str]:
    with open(features_file(model), encoding="utf-8") as file:
        return json.load(file)
