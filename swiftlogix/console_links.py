"""Links of the console: those of its bar as (label, view), the view of one change, and panels of a shipment.

They are set by the assembly, since the console must not import the packages that serve some of them.
Links without a view are left out. A link is shown only to roles that its view admits.
"""

BAR = (
    ("Fleet", "ops:fleet"),
    ("Incidents", "ops:incidents"),
    ("Shipments", "ops:shipments"),
    ("Vehicles", "ops:vehicles"),
    ("Key figures", "ops:kpis"),
    ("Pipeline", "workers:pipeline"),
    ("Rules", "notifications:rules"),
    ("Webhooks", "notifications:webhooks"),
    ("Audit", "ops:audit"),
)
# To it the timeline of a shipment links.
CHANGE_VIEW = "notifications:change"
# Functions that render panels of the page of a shipment.
SHIPMENT_PANELS = ("notifications.shipment_panel.render_panel",)
# Function that lists the messages that recipients can choose, for the customer's page.
MESSAGE_NAMES = "notifications.explanations.list_message_names"
