"""In and out: one file a format. Each `read` gives readings, a resource or the reason it is refused."""
