"""The search attribute that a run renews when it continues on newer code."""

from temporalio.common import SearchAttributeKey

RELEASE = SearchAttributeKey.for_keyword("CadenciaRelease")
