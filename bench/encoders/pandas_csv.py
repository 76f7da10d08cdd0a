# Processor seconds of pandas.DataFrame.to_csv over the flows of an Arrow file.
import sys
import time

import pandas

frame = pandas.read_feather(sys.argv[1])
began = time.process_time()
frame.to_csv('/dev/null', index=False)
print(time.process_time() - began)
