"""Read and write comments as JSONL, CSV and Parquet; every error names its line."""

from voc_nlp.records.reading import RecordReader
from voc_nlp.records.record import Record, answer_columns, answer_of_line
from voc_nlp.records.writing import RecordWriter

__all__ = ["Record", "RecordReader", "RecordWriter", "answer_columns", "answer_of_line"]
