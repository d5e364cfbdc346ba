"""Templates, with the sender and the website of the settings."""

from activities.providers.email.protocol import Mailbox
from activities.rendering import Sender, Site, Templates
from worker.settings import Settings


def templates_of(settings: Settings) -> Templates:
    sender = Mailbox.parse(settings.email_from)
    return Templates(
        settings.templates,
        sender=Sender(
            name=sender.shown,
            address=sender.address,
            postal=settings.email_postal,
            website=f"https://{sender.domain}",
        ),
        site=Site(settings.site_preferences_url, settings.site_meeting_url, settings.site_shop_url),
    )
