"""What is known beside the workflows, in these tests."""

from pathlib import Path

from worker.sandbox import SHARED
from workflows.analysis.checks.subject import Facts

BOTH = {"en": "/templates/one.en.mjml", "es": "/templates/one.es.mjml"}
TEMPLATES = {
    **dict.fromkeys(["welcome/hello", "welcome/guide", "nurture/first", "nurture/second"], BOTH),
    **dict.fromkeys(["nurture/third", "team/notice"], BOTH),
    **dict.fromkeys(["reading/bare", "reading/careful"], BOTH),
    "english/only": {"en": "/templates/english/only.en.mjml"},
}
MAILS = Path(__file__).parent / "mails"
PARTS = {f"reading/{name}": (str(MAILS / f"{name}.en.mjml"),) for name in ("bare", "careful")}
FACTS = Facts(templates=TEMPLATES, parts=PARTS, shared=frozenset({*SHARED, "tests", "pydantic"}))
