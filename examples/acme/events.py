"""The events of Acme's own systems, beside those of `workflows.events`."""

from decimal import Decimal

from workflows.kit import event

CartAbandoned = event("cart.abandoned", value=Decimal)
CartUpdated = event("cart.updated", value=Decimal)
WebinarRegistered = event("webinar.registered", webinar=str)
WebinarAttended = event("webinar.attended", webinar=str)
ContractSigned = event("contract.signed")
ContractRenewed = event("contract.renewed")
