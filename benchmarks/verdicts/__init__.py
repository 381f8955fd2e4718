"""Does a verdict hold on a real server? Each view is measured as written and as its plain `def`.

`python -m benchmarks.verdicts` starts real uvicorn and gunicorn around a small Django project, sends
concurrent requests to both forms of every view in alternating legs, reads the verdicts of `async-audit` for
the same project and stack, writes the table into `docs/verdicts.md`, and exits with 1 where a verdict and its
measurement disagree.
"""
