"""The demonstration: the real service and worker, fed with the sample comments over HTTP."""
