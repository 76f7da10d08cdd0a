"""Reads files of the same flows in every format with every reader, and compares each column with that of flows.arrows. Argument: their folder."""
import json
import math
import os
import sys

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet

folder = sys.argv[1]
failures = []


def path(name):
    return os.path.join(folder, name)


def arrow(name):
    with (pyarrow.ipc.open_stream(path(name)) if name.endswith('.arrows') else pyarrow.ipc.open_file(path(name))) as reader:
        return reader.read_all()


def from_arrow(table):
    return {name: table[name].to_pylist() for name in table.column_names}


def from_pandas(frame):
    return {name: frame[name].tolist() for name in frame.columns}


def from_polars(frame):
    return {name: column.to_list() for name, column in frame.to_dict(as_series=True).items()}


def from_duckdb(relation):
    names, rows = relation.columns, relation.fetchall()
    return {name: [row[index] for row in rows] for index, name in enumerate(names)}


def plain(value):
    """One value for what readers call nothing, and lists for arrays."""
    if value is None or value is pandas.NA or value is pandas.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    return list(value) if isinstance(value, tuple) or hasattr(value, 'tolist') else value


def text_or_none(value):
    """CSV does not tell null from ''."""
    return '' if value is None else str(value) if isinstance(value, (list, str)) else value


def check(reader, name, read, exact=True):
    """`exact`: the format tells null from '' and holds lists."""
    if set(read) == set(expected):
        read = {column: read[column] for column in expected}  # polars gives the columns of JSON in any order
    columns = {column: [plain(value) for value in values] for column, values in read.items()}
    before = len(failures)
    if list(columns) != list(expected):
        failures.append(f'{reader} reads other columns in {name}: {list(columns)}')
        return
    for column, values in columns.items():
        wanted = expected[column]
        if not exact:
            values, wanted = [text_or_none(value) for value in values], [text_or_none(value) for value in wanted]
        if len(values) != len(wanted):
            failures.append(f'{reader} reads {len(values)} rows in {name}, not {len(wanted)}')
            return
        for row, (value, want) in enumerate(zip(values, wanted)):
            if value != want or type(value) is not type(want):
                failures.append(f'{reader} reads {value!r} in {name}, column {column}, row {row}, not {want!r}')
                break
    print(f'{reader:8} {name:24} {"equal" if len(failures) == before else "NOT EQUAL"}')


reference = arrow('flows.arrows')
reference.validate(full=True)
expected = {name: [plain(value) for value in reference[name].to_pylist()] for name in reference.column_names}
names = sorted(os.listdir(folder))
# Text such as 02:00:00 is a time of day to DuckDB and pyarrow, unless they are told.
ouis = {column: 'VARCHAR' for column in expected if column.endswith('_oui')}
narrow = {name for name in names if 'compact' in name}

for name in names:
    if name.endswith(('.arrow', '.arrows')):
        table = arrow(name)
        table.validate(full=True)
        if name not in narrow and 'dictionary' not in name and not table.schema.equals(reference.schema, check_metadata=True):
            failures.append(f'pyarrow reads another schema in {name}: {table.schema}')
        check('pyarrow', name, from_arrow(table))
        check('polars', name, from_polars(polars.read_ipc_stream(path(name)) if name.endswith('.arrows') else polars.read_ipc(path(name))))
        check('pandas', name, from_pandas(table.to_pandas(types_mapper=pandas.ArrowDtype)))
        check('duckdb', name, from_duckdb(duckdb.from_arrow(table)))
    elif name.endswith('.parquet'):
        table = pyarrow.parquet.read_table(path(name))
        table.validate(full=True)
        if name not in narrow and not table.schema.equals(reference.schema):
            failures.append(f'pyarrow reads another schema in {name}: {table.schema}')
        if table.schema.metadata != reference.schema.metadata:
            failures.append(f'pyarrow reads other metadata in {name}: {table.schema.metadata}')
        check('pyarrow', name, from_arrow(table))
        check('polars', name, from_polars(polars.read_parquet(path(name))))
        check('pandas', name, from_pandas(pandas.read_parquet(path(name), dtype_backend='pyarrow')))
        check('duckdb', name, from_duckdb(duckdb.sql(f"SELECT * FROM '{path(name)}'")))
    elif name.endswith('.csv'):
        csv = {'keep_default_na': False, 'na_values': [''], 'dtype_backend': 'pyarrow'}
        check('pandas', name, from_pandas(pandas.read_csv(path(name), **csv)), exact=False)
        check('polars', name, from_polars(polars.read_csv(path(name), infer_schema_length=None)), exact=False)
        options = f"header = true, delim = ',', quote = '\"', escape = '\"', sample_size = -1, types = {ouis}"
        check('duckdb', name, from_duckdb(duckdb.sql(f"SELECT * FROM read_csv('{path(name)}', {options})")), exact=False)
        convert = pyarrow.csv.ConvertOptions(column_types={column: pyarrow.string() for column in ouis})
        check('pyarrow', name, from_arrow(pyarrow.csv.read_csv(path(name), convert_options=convert)), exact=False)
    else:
        with open(path(name), encoding='utf-8') as file:
            rows = json.load(file) if name.endswith('.json') else [json.loads(line) for line in file]
        check('python', name, {column: [row[column] for row in rows] for column in expected})
        if name.endswith('.jsonl'):
            check('polars', name, from_polars(polars.read_ndjson(path(name), infer_schema_length=None)))
        options = f"format = '{'array' if name.endswith('.json') else 'newline_delimited'}', sample_size = -1"
        # read_json takes the types of all columns or of none; a time of day prints as the text that it was read from.
        casts = ', '.join(f'CAST({column} AS VARCHAR) AS {column}' for column in ouis)
        relation = duckdb.sql(f"SELECT * {f'REPLACE ({casts})' if casts else ''} FROM read_json('{path(name)}', {options})")
        check('duckdb', name, from_duckdb(relation))

for failure in failures:
    print(failure, file=sys.stderr)
sys.exit(1 if failures else 0)
