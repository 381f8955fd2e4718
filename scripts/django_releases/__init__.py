"""What released versions of Django have, read from their source and held against the catalogue.

`python -m scripts.django_releases` fetches the newest release of each supported version, reads it without
importing it, and writes `catalogue/data/django_releases.toml`: the rows that follow from the source alone.
`--check` compares instead: that file, and each row on Django that was written by hand, in both directions.
"""
