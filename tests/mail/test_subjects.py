"""Subject lines, as maps show them."""

from pathlib import Path

from activities.mail_subjects import subjects_in

SUBJECTS = {
    "plain.en": "Welcome",
    "plain.es": "Hola",
    "named.en": "Hello{% if contact.first_name %}, {{ contact.first_name }}{% endif %}",
    "lacking.en": "Your {{ contact.attributes.plan | default('plan') }} {{ contact.attributes.year.start }}",
    "broken.en": "{% if %}",
    "spanish.es": "Hola",
}


def test_a_subject_for_somebody_unknown(tmp_path: Path) -> None:
    for name, subject in SUBJECTS.items():
        (tmp_path / f"{name}.mjml").write_text(f"---\nsubject: {subject}\n---\n<mj-text>x</mj-text>")
    (tmp_path / "layout.mjml").write_text('<mjml><mj-include path="@content" /></mjml>')
    (tmp_path / "empty.en.mjml").write_text("no front matter")
    assert subjects_in([tmp_path]) == {"plain": "Welcome", "named": "Hello", "lacking": "Your plan …"}
