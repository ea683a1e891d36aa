"""Independent folds of the log, one a service, each without any of that service's code."""
