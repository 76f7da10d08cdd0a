"""A standalone cluster on this machine, of which a worker can be killed."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pyspark

from processes import below

HOST = "127.0.0.1"


class Cluster:
    """A master and two workers with a core each."""

    def __init__(self, folder):
        self._bin = Path(pyspark.__file__).parent / "bin" / "spark-class"
        self._env = {**os.environ, "SPARK_LOCAL_IP": HOST, "SPARK_WORKER_DIR": str(folder / "work"), "SPARK_LOCAL_DIRS": str(folder / "spark-local")}
        self._log = folder / "cluster.log"
        self._log.write_text("")
        self.url = f"spark://{HOST}:7177"
        self._started = [self._start("master.Master", "--host", HOST, "--port", "7177", "--webui-port", "7178")]
        self._wait("Starting Spark master", 1)
        for port in ("7179", "7180"):
            self._started.append(
                self._start("worker.Worker", "--host", HOST, "--cores", "1", "--memory", "2g", "--webui-port", port, self.url)
            )
        self._wait("Successfully registered with master", 2)

    def _start(self, name, *arguments):
        with open(self._log, "ab") as log:
            # A group of its own, so that a worker is killed with its executor.
            return subprocess.Popen(
                [self._bin, f"org.apache.spark.deploy.{name}", *arguments], env=self._env, stdout=log, stderr=log, start_new_session=True
            )

    def _wait(self, text, times):
        until = time.monotonic() + 120
        while self._log.read_text().count(text) < times:
            if time.monotonic() > until:
                raise SystemExit(f"The cluster did not start; {self._log} tells why.")
            time.sleep(0.2)

    def kill_worker(self):
        """Kills a worker, its executor, and their Python, as a machine that loses its power."""
        # Python workers have a group of their own.
        for group in sorted({int(fields[2]) for fields in below(self._started[-1].pid).values()}):
            os.killpg(group, signal.SIGKILL)
        self._started.pop().wait()

    def stop(self):
        for process in reversed(self._started):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


class Killer:
    """Kills a worker while the block is at work: when a quarter of the tasks are done."""

    def __init__(self, spark, cluster):
        self._spark = spark
        self._cluster = cluster

    def __enter__(self):
        self._thread = threading.Thread(target=self._watch, daemon=True)
        if self._cluster is not None:
            self._thread.start()

    def __exit__(self, *_):
        if self._cluster is not None:
            self._thread.join()

    def _watch(self):
        tracker = self._spark.sparkContext.statusTracker()
        while True:
            for stage in tracker.getActiveStageIds():
                told = tracker.getStageInfo(stage)
                if told is not None and told.numCompletedTasks * 4 >= told.numTasks:
                    self._cluster.kill_worker()
                    print(f"  a worker is killed after {told.numCompletedTasks} of {told.numTasks} tasks")
                    return
            time.sleep(0.1)
