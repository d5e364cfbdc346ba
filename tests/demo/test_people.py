"""Sample contacts: the same for a seed, and with the habits they are given."""

from itertools import product

from cli.demo.people import Habits, Sample
from store.drafts import ContactDraft

HABITS = Habits(seed=1, opens=0.6, clicks=0.3, buys=0.1)


def samples(run: str = "ab12", habits: Habits = HABITS, count: int = 2_000) -> list[Sample]:
    return [Sample(number, run, habits) for number in range(1, count + 1)]


def test_a_seed_gives_the_same_people_under_new_addresses() -> None:
    one, again = samples("one"), samples("two")
    assert [sample.name for sample in one] == [sample.name for sample in again]
    assert [sample.reaction("welcome/hello") for sample in one] == [
        sample.reaction("welcome/hello") for sample in again
    ]
    assert len({sample.email for sample in one + again}) == len(one + again)
    other = samples(habits=Habits(seed=2, opens=0.6, clicks=0.3, buys=0.1))
    assert [sample.name for sample in one] != [sample.name for sample in other]


def test_shares_are_about_what_was_asked_for() -> None:
    reactions = [sample.reaction("welcome/hello") for sample in samples()]
    shares = {
        name: sum(getattr(reaction, name) for reaction in reactions) / len(reactions)
        for name in ("opens", "clicks", "buys")
    }
    assert all(abs(share - getattr(HABITS, name)) < 0.04 for name, share in shares.items())


def test_nobody_buys_without_a_click() -> None:
    for opens, clicks, buys in product((0, 0.5, 1), repeat=3):
        habits = Habits(3, opens, clicks, buys)
        reactions = [habits.reaction(number, "welcome/hello") for number in range(200)]
        assert all(reaction.clicks for reaction in reactions if reaction.buys)


def test_the_api_takes_them_and_they_speak_both_languages() -> None:
    drafts = [ContactDraft.model_validate(sample.draft) for sample in samples(count=50)]
    assert {draft.locale for draft in drafts} >= {"en", "es"}
    assert all(draft.consent["marketing"].granted for draft in drafts)
