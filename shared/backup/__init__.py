"""Copies of the whole system that can be put back: taken while it runs, restored into an empty folder.

A backup is a folder with a manifest, which is written last; without one it is no backup. Keys of
persons lie beside the backups in a folder of their own, so that they can be kept shorter than what
they open (docs/adr/0016).
"""
