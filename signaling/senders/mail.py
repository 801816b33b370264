"""Mail by SMTP."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from signaling.config import EmailConfig
from signaling.services.notices.outgoing import Mail, Outcome, Result

# what a mailbox or a message is refused with for good (RFC 5321, 4.2.1: 5yz)
_PERMANENT = range(500, 600)
_DOWN = (aiosmtplib.SMTPConnectError, OSError)
_OURS = (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPHeloError)


class SmtpMail:
    """A `signaling.services.notices.outgoing.MailSender`. One connection per mail: they are few, none idles."""

    def __init__(self, config: EmailConfig, timeout: timedelta, tls: ssl.SSLContext | None = None) -> None:
        """``tls`` None: the certificates of the system."""
        self._config = config
        self._timeout = timeout.total_seconds()
        self._tls = tls

    async def mail(self, mail: Mail, now: datetime) -> Outcome:
        config = self._config
        try:
            message = compose(mail, config.sender, now)
        except (ValueError, IndexError, MessageError) as error:
            # what is no address makes the library's parser raise any of these
            return Outcome(result="refused", detail=f"this mail cannot be written: {error}")
        try:
            _, answer = await aiosmtplib.send(
                message,
                sender=_bare(config.sender),
                recipients=[mail.to],
                hostname=config.host,
                port=config.port,
                username=config.user or None,
                password=config.password or None,
                use_tls=config.security == "tls",
                # True: a server that does not offer it gets no mail, and no password
                start_tls=config.security == "starttls",
                tls_context=self._tls,
                timeout=self._timeout,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refusal(error.recipients[0])
        except _OURS as error:
            # not the fault of the mail: the settings can be put right
            detail = f"{error.code} {error.message}"
            return Outcome(result="retry", status=error.code, detail=detail, nothing_works=True)
        except aiosmtplib.SMTPDataError as error:
            return _refusal(error)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            reason = str(error) or type(error).__name__
            # a server that hangs up in the middle may not like this one mail
            down = isinstance(error, _DOWN) or type(error) is aiosmtplib.SMTPException
            detail = f"the mail server does not serve: {reason}"
            return Outcome(result="retry", detail=detail, nothing_works=down)
        return Outcome(result="sent", detail=answer[:200])


def compose(mail: Mail, sender: str, now: datetime) -> EmailMessage:
    """Raises ValueError, IndexError or MessageError for what no header may hold."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{mail.message_id}@{_bare(sender).rpartition('@')[2]}>"
    # no holiday notes back (RFC 3834, 5)
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _bare(sender: str) -> str:
    """The address in ``Name <address>``."""
    return sender.rpartition("<")[2].rstrip("> ") if "<" in sender else sender


def _refusal(error: aiosmtplib.SMTPResponseException) -> Outcome:
    result: Result = "refused" if error.code in _PERMANENT else "retry"
    return Outcome(result=result, status=error.code, detail=f"{error.code} {error.message}")
