"""The web server: lines are read and written beside the threads that answer; a slow one holds nobody up."""
