"""Partners, their clients and agreements: the routes, and what their refusals become."""

from services.gateway.access.api import agreements, approvals, clients, partner_problems, partners

ROUTERS = (partners.router, clients.router, agreements.router, approvals.router)
REFUSALS = partner_problems.REFUSALS
