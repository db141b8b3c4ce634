"""Events: what happened, told to the partners who may know of it; and long work, by the id of its job.

Owns: the catalogue of event types, events, subscriptions and their secrets, deliveries and their attempts, and finding
the service whose job it is. Refuses to know: what an event is about beyond its references, anything of `care`, what
agreements look like (it asks a port which resources an organisation may have), and what jobs do.

Words: an event is a change that a service told of, as partners may see it; a subscription is where a partner wants
events sent; a delivery is one event for one subscription, and an attempt one try to send it. A dead letter is a
delivery that was given up. A job's id is `<store>-<uuid>`; the store's name says which service to ask.
"""
