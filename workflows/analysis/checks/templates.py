"""Templates that paths name."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from activities.calls import Notify, SendEmail
from workflows.analysis.checks.finding import Check, Found, Spot, listed
from workflows.analysis.checks.subject import Installation, Subject
from workflows.analysis.checks.template_reads import unguarded
from workflows.analysis.exploration import Taken
from workflows.kit.steps import Effect


def _named(subject: Subject) -> Iterator[tuple[str, Taken]]:
    for step in subject.steps:
        match step.step:
            case Effect(order=SendEmail(template=template) | Notify(template=template)):
                yield template, step


def _missing(subject: Subject) -> Iterator[Found]:
    known, languages = subject.facts.templates, subject.facts.languages or frozenset({"en"})
    for spot, templates in _by_spot(subject):
        missing = sorted(template for template in templates if template not in known)
        if missing:
            what = f"There is no template {listed(missing)}"
            yield Found(spot, what, _to_write(missing, languages))


def _languages(subject: Subject) -> Iterator[Found]:
    known, languages = subject.facts.templates, subject.facts.languages
    for spot, templates in _by_spot(subject):
        partly = sorted(one for one in templates if one in known and not languages <= known[one].keys())
        if partly:
            missing = languages - frozenset.intersection(*(frozenset(known[one]) for one in partly))
            what = f"Template {listed(partly)} is missing in {', '.join(sorted(missing))}"
            yield Found(spot, what, _to_write(partly, missing))


def _by_spot(subject: Subject) -> Iterator[tuple[Spot, set[str]]]:
    """One line may send many, such as those of a stream."""
    found: defaultdict[Spot, set[str]] = defaultdict(set)
    for template, step in _named(subject):
        found[subject.at(step.site)].add(template)
    yield from found.items()


def _unguarded(subject: Subject) -> Iterator[Found]:
    for spot, templates in _by_spot(subject):
        for template in sorted(templates):
            for file in subject.facts.parts.get(template, ()):
                for line, attribute in unguarded(file, Path(file).stat().st_mtime_ns):
                    yield Found(
                        spot,
                        f"Template `{template}` reads `{attribute}` without `default` ({Path(file).name}:{line})",
                        f"Write `{{{{ contact.attributes.{attribute} | default('…') }}}}`, or put "
                        f"`{{% if contact.attributes.{attribute} is defined %}}` around it.",
                    )


def _to_write(names: Sequence[str], languages: frozenset[str]) -> str:
    return f"Write {listed([f'{name}.{one}.mjml' for name in names for one in sorted(languages)])}."


def _texts(subject: Subject) -> Iterator[str]:
    """All texts in the files of a path that could not be walked: any may be a template's name."""
    for node in (node for code in subject.codes for node in ast.walk(code.file.tree)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _unsent(installation: Installation) -> Iterator[Found]:
    sent = {template for subject in installation.subjects for template, _ in _named(subject)}
    sent |= {text for subject in installation.subjects if not subject.walked for text in _texts(subject)}
    for template, files in installation.facts.templates.items():
        if template not in sent | installation.facts.sent and files:
            yield Found(Spot(min(files.values()), 1), f"No workflow sends `{template}`")


TEMPLATE_MISSING = Check(
    id="template-missing",
    severity="error",
    meaning="A path sends a template that does not exist.",
    why="Whoever comes here is stopped: the sending is tried again until it expires.",
    remedy="Write it, in every language of the installation.",
    look=_missing,
    needs="steps",
)
TEMPLATE_LANGUAGE = Check(
    id="template-language",
    severity="error",
    meaning="A template is missing in a language that others exist in.",
    why="Contacts of that language are written to in English, or not at all.",
    remedy="Write it in that language too.",
    look=_languages,
    needs="steps",
)
TEMPLATE_UNSENT = Check(
    id="template-unsent",
    severity="hint",
    meaning="No workflow sends a template.",
    why="It may have been forgotten, or belong to one that is gone.",
    remedy="Take it away, or send it.",
    look=_unsent,
)
ATTRIBUTE_WITHOUT_DEFAULT = Check(
    id="attribute-without-default",
    severity="warning",
    meaning="A template reads an attribute of the contact without `default`.",
    why="To a contact who has no such attribute the mail cannot be written: it is tried again until it expires.",
    remedy="Write `{{ contact.attributes.plan | default('…') }}`, or `{% if contact.attributes.plan is defined %}`.",
    look=_unguarded,
    needs="steps",
)
CHECKS = (TEMPLATE_MISSING, TEMPLATE_LANGUAGE, ATTRIBUTE_WITHOUT_DEFAULT)
OVERALL = (TEMPLATE_UNSENT,)
