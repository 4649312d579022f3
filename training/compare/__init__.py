"""Compare two models on the same comments: paired, task by task and slice by slice."""
