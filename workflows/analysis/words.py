"""Steps, conditions and moments in plain words, made of step keys, labels and terms: for maps, lists and messages."""

import re
from ast import literal_eval
from collections.abc import Mapping, Sequence
from typing import Any

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_DAYS = ("", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WORKING_DAYS = [1, 2, 3, 4, 5]

COMPARED = {
    "==": "is", "!=": "is not", "<": "is less than", "<=": "is at most", ">": "is more than", ">=": "is at least",
    "in": "is",
}  # fmt: skip
_COMPARISON = re.compile(r"(\S+) (==|!=|<=|>=|<|>|in) (.*)", re.DOTALL)
_CONDITIONED = re.compile(r"([^\[\]]+)\[(.*)\]", re.DOTALL)
_OFFSET = re.compile(r"(.+?)([+-]\d+) days")
_HAPPEN = {"seen": "to be seen", "clicked": "to be clicked", "bounced": "to bounce", "done": "to be done"}
_VERBS = {"ends", "starts", "begins", "expires", "renews", "closes", "opens", "lapses"}

_HAPPENED = {
    "email.opened": "opened", "email.clicked": "clicked", "email.bounced": "bounced",
    "site.visited": "visited the site", "task.done": "done",
}  # fmt: skip

_DOES = {
    "send_email": "sends {}",
    "score": "changes the score: {}",
    "update_contact": "updates the contact: {}",
    "update_crm": "sets the CRM stage {}",
    "withdraw_consent": "ends the consent to {}",
    "publish": "publishes {}",
    "call": "calls {}",
    "compensate_with": "notes how to undo: {}",
    "start": "starts {}",
    "create_task": "gives the task “{}”",
    "remind": "reminds of the task “{}”",
    "escalate": "hands on the task “{}”",
    "split": "splits by {}",
    "control_group": "asks whether the control group {} has it",
    "now": "reads the clock",
    "random": "draws a number: {}",
    "sleep": "waits: {}",
    "sleep_until": "waits for a date: {}",
    "moment": "looks for a date: {}",
    "end": "records the outcome {}",
}
"""What a run does at a step, by its method."""


def step_in_words(key: str) -> str:
    """What a run does at a step, from its key: `wait_for:welcome/hello.seen#1` is `waits for welcome/hello to be seen`.

    What stands in a branch says so: `left: sends welcome/hello`. A key of an unknown method is given back as it is.
    """
    head, _, rest = key.partition(":")
    *around, method = head.split("/")
    label = rest.rpartition("#")[0] or rest
    around = [place for place in around if not re.fullmatch(r"r\d+|end", place)]
    if around[:1] == ["undo"]:
        return f"undoes: {label}"
    does = _does(method, label)
    return f"{': '.join([*around, does])}" if does else key


def _does(method: str, label: str) -> str | None:
    match method:
        case "wait_for":
            return f"waits for {awaited(label)}"
        case "matches":
            return f"asks whether {conditions(label)}"
        case "notify":
            role, _, template = label.partition("/")
            return f"tells {role}: {template}"
    return _DOES[method].format(label) if method in _DOES else None


def happened(event: str) -> str:
    """What an event says of the contact, or of the task that it is about: `email.opened` is `opened`."""
    return _HAPPENED.get(event, event)


def awaited(label: str) -> str:
    """What a wait looks for, from its label: `welcome/hello.seen|order.completed[amount > 50]`."""
    return listed([_awaited(pattern) for pattern in label.split("|")], "or")


def _awaited(pattern: str) -> str:
    if conditioned := _CONDITIONED.fullmatch(pattern):
        return f"{conditioned[1]} where {conditions(conditioned[2])}"
    what, _, happens = pattern.rpartition(".")
    if not what or happens not in _HAPPEN:
        return pattern
    named = {"email": "a mail", "task": "a task"}.get(what) or (f"“{what}”" if happens == "done" else what)
    return f"{named} {_HAPPEN[happens]}"


def conditions(text: str) -> str:
    """Of a rule or a condition, as it writes itself: `score >= 50 & plan == 'pro'` is `score is at least 50 and plan is
    pro`."""
    return listed([_condition(part) for part in text.split(" & ")], "and")


def _condition(text: str) -> str:
    compared = _COMPARISON.fullmatch(text)
    if compared is None:
        return spaced(text)
    name, operator, value = compared.groups()
    return f"{spaced(name)} {COMPARED[operator]} {_value(value)}"


def _value(text: str) -> str:
    try:
        value = literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value_in_words(value)


def value_in_words(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "not known"
        case list() | tuple() | set():
            return listed([value_in_words(one) for one in value], "or")
    return str(value)


def spaced(name: str) -> str:
    """The words of a name: `trial_ends` as `trial ends`."""
    return name.replace("_", " ").strip()


def moment(terms: Mapping[str, Any]) -> str:
    """When a wait for a date ends, from its terms: `09:00, 3 days before the trial ends`."""
    on, zone = terms["on"], terms["zone"]
    day = _date(on) if isinstance(on, str) else _weekdays(on)
    return ", ".join(part for part in (f"{terms['time']}{f' ({zone})' if zone else ''}", day) if part)


def _weekdays(on: Sequence[int]) -> str:
    return "Mon–Fri" if list(on) == _WORKING_DAYS else listed([_DAYS[day] for day in on], "or")


def _date(on: str) -> str:
    offset = _OFFSET.fullmatch(on)
    name, days = (offset[1], int(offset[2])) if offset else (on, 0)
    words = spaced(re.sub(r"_(on|at)$", "", name))
    if days:
        return f"{duration(abs(days) * 86_400)} {'before' if days < 0 else 'after'} the {words}"
    if words.endswith(("date", "day")):
        return f"on the {words}"
    return f"on the day {'' if words.split()[-1] in _VERBS else 'of '}the {words}"


def duration(seconds: float) -> str:
    """`2 days`: in the largest unit that gives a whole number."""
    name, size = next((unit for unit in _UNITS if not seconds % unit[1]), ("second", 1))
    count = seconds / size
    return f"{count:g} {name}{'' if count == 1 else 's'}"


def listed(words: Sequence[str], last: str) -> str:
    """`a, b or c`."""
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
