"""Mails to send to the catcher, and a way to send them."""

from email.message import EmailMessage

import aiosmtplib

from worker.catcher import Catcher

HTML = '<a href="https://shop.example/?a=1&amp;b=2">go</a><img src="https://shop.example/o.gif">'


def mail(to: str = "ada@example.com", subject: str = "Hello", html: str = HTML) -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Your shop <hello@shop.example>"
    made["To"], made["Subject"], made["Message-ID"] = to, subject, "<1@shop.example>"
    made.set_content("Have a look: https://shop.example/text.\n")
    made.add_alternative(html, subtype="html")
    return made


async def send(catcher: Catcher, message: EmailMessage) -> None:
    await aiosmtplib.send(message, hostname="127.0.0.1", port=catcher.smtp_port)


async def send_bytes(catcher: Catcher, raw: bytes, *to: str) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=catcher.smtp_port) as client:
        await client.sendmail("hello@shop.example", list(to or ("ada@example.com",)), raw)
