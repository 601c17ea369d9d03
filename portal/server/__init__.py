"""The web server: lines are read and written beside the threads that answer; a slow one holds nobody up.

Why waitress, started by gunicorn: it reads a whole request before a thread is taken. Measured with two
processes on two cores, 95 of 100 visits to the story form, idle 4 ms: 6 ms beside 500 lines that drip a head,
5 ms beside 500 that drip a body, 7 ms beside 500 that read slowly, 4 ms beside 200 texts at 5 kB/s.
granian 2.8.9 with eight threads a process, idle 4 ms: 4, nobody answered within a minute, 4 and 17 ms.
"""
