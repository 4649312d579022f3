"""Reports: figures by period and segment, of comments and of tickets."""
