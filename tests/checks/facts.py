"""What is known beside the workflows, in these tests."""

from worker.sandbox import SHARED
from workflows.analysis.checks.subject import Facts

BOTH = {"en": "/templates/one.en.mjml", "es": "/templates/one.es.mjml"}
TEMPLATES = {
    **dict.fromkeys(["welcome/hello", "welcome/guide", "nurture/first", "nurture/second"], BOTH),
    **dict.fromkeys(["nurture/third", "team/notice"], BOTH),
    "english/only": {"en": "/templates/english/only.en.mjml"},
}
FACTS = Facts(templates=TEMPLATES, shared=frozenset({*SHARED, "tests", "pydantic"}))
