"""What a session knows of its cluster."""

from pyspark.sql import SparkSession


def cores(session: SparkSession) -> int:
    """Cores that a session has at the time; with Spark Connect, which does not tell, how many partitions a shuffle of it makes."""
    context = getattr(session, "sparkContext", None)
    return int(session.conf.get("spark.sql.shuffle.partitions")) if context is None else context.defaultParallelism
