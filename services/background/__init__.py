"""What happens beside requests: jobs and the workers that run them, the feed of changes and those who follow it.

Stands between the kit and the services, and knows no domain. A job is queued, and a change left, in the transaction of
what caused it.
"""
