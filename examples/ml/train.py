"""Learns to tell what a flow is from its first packets. Run: python train.py FLOWS.parquet MODEL.onnx

Writes the model, beside it a .json with the names of its features in their order, which predict() takes as `inputs`, and a .joblib that compare.py reads.
"""
import json
import sys

import joblib
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from flows import features_file, features_of, matrix

FEWEST = 10  # flows of a class


def kinds_of(frame: pd.DataFrame) -> pd.Series:
    """nDPI's label without what stands behind its first point: DNS.Google is DNS. What is rare is Other."""
    kinds = frame["application_name"].str.split(".").str[0]
    return kinds.where(kinds.map(kinds.value_counts()) >= FEWEST, "Other")


def main(source: str, target: str) -> None:
    frame = pd.read_parquet(source)
    features = features_of(frame)
    x, y = matrix(frame, features), kinds_of(frame).to_numpy(str)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=1, stratify=y)
    forest = RandomForestClassifier(50, random_state=1).fit(x_train, y_train)
    # With zipmap probabilities would be a sequence of maps, which predict() refuses.
    model = to_onnx(forest, initial_types=[("flows", FloatTensorType([None, x.shape[1]]))], options={"zipmap": False})
    with open(target, "wb") as file:
        file.write(model.SerializeToString())
    with open(features_file(target), "w", encoding="utf-8") as file:
        json.dump(features, file)
    joblib.dump(forest, target.removesuffix(".onnx") + ".joblib")
    print(f"{len(frame)} flows, {len(features)} columns as {x.shape[1]} features, classes {', '.join(forest.classes_)}")
    print(f"{forest.score(x_test, y_test):.3f} of the flows that were held back are told right")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
