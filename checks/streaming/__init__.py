"""Heads of any length, in blocks of keys.

for part in stream(Head(queries, keys, values, scale, causal, precision)):
    part.errors["effective"]
"""

from checks.streaming.measured import StreamedQueries as StreamedQueries
from checks.streaming.measured import measured_quantities as measured_quantities
from checks.streaming.measured import stream as stream
from checks.streaming.plan import Head as Head
