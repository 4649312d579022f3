"""Figures of what the library counts: Plotly figures that also read as static images, in both languages."""
