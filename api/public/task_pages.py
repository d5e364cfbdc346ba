"""The pages on which people answer tasks: for a phone in the hand, in their team's language."""

from html import escape

from starlette.responses import HTMLResponse

from api.public.about import About, described
from api.public.pages import page
from store.tables import Task

MOST_COMMENT = 5000  # characters

_TEXTS = {
    "en": {
        "done": "Done",
        "due": "Due {at}",
        "comment": "Comment (optional)",
        "thanks": "Thank you",
        "noted": "It is noted: {choice}.",
        "noted_done": "It is noted as done.",
        "answered": "Already answered",
        "answer_was": "{choice}, by {by} on {at}.",
        "done_was": "Done by {by} on {at}.",
        "withdrawn": "No longer needed",
        "withdrawn_was": "This was withdrawn on {at}: there is nothing left to do.",
        "choose": "Please choose one of the answers",
    },
    "es": {
        "done": "Hecho",
        "due": "Antes del {at}",
        "comment": "Comentario (opcional)",
        "thanks": "Gracias",
        "noted": "Queda anotado: {choice}.",
        "noted_done": "Queda anotado como hecho.",
        "answered": "Ya tiene respuesta",
        "answer_was": "{choice}, por {by} el {at}.",
        "done_was": "Hecho por {by} el {at}.",
        "withdrawn": "Ya no hace falta",
        "withdrawn_was": "Se retiró el {at}: no queda nada por hacer.",
        "choose": "Elige una de las respuestas",
    },
}


def ask(task: Task, about: About) -> HTMLResponse:
    """What is to be done, and one button for each answer."""
    return _form(task, about)


def ask_again(task: Task, about: About) -> HTMLResponse:
    """The answer that was sent is none of the task's."""
    return _form(task, about, complaint=True)


def thank(task: Task, about: About) -> HTMLResponse:
    texts = _TEXTS[about.language]
    noted = texts["noted"].format(choice=task.choice) if task.choice else texts["noted_done"]
    return page(about.language, texts["thanks"], _paragraph(noted), company=about.company)


def over(task: Task, about: About, status: int = 200) -> HTMLResponse:
    """Who was faster, and when."""
    texts = _TEXTS[about.language]
    name = "withdrawn_was" if task.status == "withdrawn" else "answer_was" if task.choice else "done_was"
    said = texts[name].format(choice=task.choice, by=task.answered_by or "?", at=_shown(task))
    title = texts["withdrawn" if task.status == "withdrawn" else "answered"]
    content = _paragraph(task.label) + _paragraph(said) + described(about)
    return page(about.language, title, content, status, company=about.company)


def _form(task: Task, about: About, *, complaint: bool = False) -> HTMLResponse:
    texts = _TEXTS[about.language]
    due = texts["due"].format(at=f"{task.due_at:%Y-%m-%d %H:%M} UTC") if task.due_at else ""
    content = (
        (_paragraph(texts["choose"]) if complaint else "")
        + (_paragraph(due) if due else "")
        + (_paragraph(task.text, "text") if task.text else "")
        + described(about)
        + f'<form method="post"><label for="comment">{escape(texts["comment"])}</label>'
        + f'<textarea id="comment" name="comment" rows="3" maxlength="{MOST_COMMENT}"></textarea>'
        + _buttons(task, texts["done"])
        + "</form>"
    )
    return page(about.language, task.label, content, 422 if complaint else 200, company=about.company)


def _buttons(task: Task, done: str) -> str:
    if not task.answers:
        return f"<button>{escape(done)}</button>"
    return "".join(
        f'<button name="choice" value="{escape(answer)}">{escape(answer)}</button>' for answer in task.answers
    )


def _paragraph(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def _shown(task: Task) -> str:
    return f"{task.done_at:%Y-%m-%d %H:%M} UTC" if task.done_at else "?"
