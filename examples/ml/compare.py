"""Scores the same flows with scikit-learn, and compares. Run: python compare.py SCORED.parquet MODEL.onnx"""
import sys

import joblib
import numpy as np
import pandas as pd

from flows import matrix, read_features


def main(source: str, model: str) -> None:
    frame = pd.read_parquet(source)
    forest = joblib.load(model.removesuffix(".onnx") + ".joblib")
    x = matrix(frame, read_features(model))
    labels = forest.predict(x)
    other = int((frame["kind"].to_numpy(str) != labels).sum())
    probabilities = frame[[f"p_{index}" for index in range(len(forest.classes_))]].to_numpy()
    furthest = np.abs(probabilities - forest.predict_proba(x)).max()
    print(f"{len(frame)} flows: {other} labels differ, probabilities by {furthest:.1e} at most")
    print(frame["kind"].value_counts().to_string())
    if other > 0 or furthest > 1e-5:
        sys.exit("scikit-learn and predict() differ.")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
