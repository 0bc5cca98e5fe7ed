"""Methods on data sets over seeds: runs kept as rows, published figures, paired differences, confusion matrices; what Compare shows.

Run by `vaegc bench NAME`; rows that come with the package lie in `runs/`.
"""
