"""The Functions app: one register line for each blueprint, nothing else."""

import azure.functions as func

from functions import (
    audit,
    commerce_events,
    console,
    health,
    lead_disqualified,
    lead_qualified,
    onboardings_api,
    opportunity_closed,
    poison,
    prospect_created,
    reconciliation,
    sales_events,
)

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
app.register_functions(commerce_events.bp)
app.register_functions(sales_events.bp)
app.register_functions(prospect_created.bp)
app.register_functions(lead_qualified.bp)
app.register_functions(opportunity_closed.bp)
app.register_functions(lead_disqualified.bp)
app.register_functions(poison.bp)
app.register_functions(reconciliation.bp)
app.register_functions(audit.bp)
app.register_functions(health.bp)
app.register_functions(console.bp)
app.register_functions(onboardings_api.bp)
