"""The search attributes that a run renews: its release, and how it stands."""

from temporalio.common import SearchAttributeKey

RELEASE = SearchAttributeKey.for_keyword("CadenciaRelease")
STATE = SearchAttributeKey.for_keyword("CadenciaState")
