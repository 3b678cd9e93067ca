"""One run over several processes: one reads and keeps the files, the others make and send the requests."""
