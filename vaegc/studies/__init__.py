"""Studies of methods on data sets over seeds: kept runs, published figures, paired differences, confusion matrices.

A study runs by `vaegc bench NAME`; rows that come with the package lie in `runs/`. The Compare page shows them.
"""
