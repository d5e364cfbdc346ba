"""Teams, as the API shows and takes them."""

from datetime import datetime

from api.schemas import Body, View
from store.drafts import Email, Locale


class TeamBody(Body):
    """Where mails to the team go, and in which language. Null: it gets none."""

    email: Email | None
    locale: Locale = "en"


class TeamView(View):
    """A role or team, by the name that workflows use."""

    name: str
    email: str | None
    locale: str
    created_at: datetime
    updated_at: datetime
