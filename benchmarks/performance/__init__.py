"""What an audit costs beside other linters, on real source archives and on generated trees that grow.

`python -m benchmarks.performance` measures in one run, writes the tables and the goals into
`docs/performance.md` and the plot beside it.
"""
