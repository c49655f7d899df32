"""Every word of the frame, from Django's catalogues; its modules ask for them by key (static/widget/js/boot.js)."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def words() -> dict[str, str]:
    """key → text in the active language. {…} are filled in by the frame."""
    return _head() | _home() | _thread() | _composer() | _identity()


def _head() -> dict[str, str]:
    return {
        "close": _("Close chat"),
        "larger": _("Enlarge"),
        "smaller": _("Make smaller"),
        "back": _("All conversations"),
        "usual_one": _("Usually replies within a minute"),
        "usual": _("Usually replies in {n} minutes"),
        "usual_hours": _("Usually replies in {n} hours"),
        "here": _("We are here"),
        "away": _("We answer as soon as we can"),
        "back_at": _("We are back {when}"),
        "closed_now": _("We are closed at the moment"),
        "offline": _("No connection. Your messages are kept and sent later."),
        "blocked": _("This chat is not available here."),
        "sign_in_first": _("Please sign in on this website to use the chat."),
    }


def _home() -> dict[str, str]:
    return {
        "hello": _("Hello! How can we help?"),
        "new": _("New conversation"),
        "topic": _("What is it about?"),
        "earlier": _("Your conversations"),
        "unread": _("{n} unread"),
        "you": pgettext("author of a message", "You"),
        "closed": _("Closed"),
        "today": _("Today"),
        "yesterday": _("Yesterday"),
        "tomorrow": _("tomorrow at {time}"),
        "at_day": _("{day} at {time}"),
        "at_time": _("at {time}"),
    }


def _thread() -> dict[str, str]:
    return {
        "with": _("{names} also read this."),
        "messages": _("Messages"),
        "older": _("Show earlier messages"),
        "sending": _("Sending"),
        "waiting_net": _("Waiting for connection"),
        "sent": _("Sent"),
        "seen": _("Seen"),
        "failed": _("Not sent"),
        "again": _("Try again"),
        "remove": _("Remove"),
        "deleted": _("This message was deleted."),
        "edited": _("edited"),
        "automatic": _("automatic reply"),
        "typing": _("{name} is typing"),
        "looking": _("We are looking for the right person …"),
        "answered": _("{name} is taking care of it"),
        "open_mode": _("The team has your message"),
        "nobody": _("Nobody is free right now. Your message is first in line."),
        "waiting": _("We have your message and are back {when}."),
        "waiting_open": _("We have your message and answer as soon as we are back."),
        "leave_address": _("Leave an e-mail address to get the answer by mail as well."),
        "closed_note": _("This conversation is closed. Write again to reopen it."),
        "locked_note": _("This conversation is closed for good. What you write starts a new one."),
        "said": _("{name}: {text}"),
        "picture": _("Picture: {name}"),
        "download": _("Download {name}"),
        "close_picture": _("Close picture"),
    }


def _composer() -> dict[str, str]:
    return {
        "message": _("Message"),
        "write": _("Write a message"),
        "send": _("Send"),
        "attach": _("Attach a file"),
        "drop": _("Drop files here"),
        "files": _("Files to send"),
        "take_off": _("Remove {name}"),
        "uploading": _("uploading"),
        "too_many": _("A message can carry at most {n} files."),
        "too_big": _("“{name}” is too large. Files may have up to {n} MB."),
        "too_long": _("A message can have at most {n} characters."),
        "upload_failed": _("“{name}” could not be uploaded."),
        "error": _("That did not work. Please try again."),
    }


def _identity() -> dict[str, str]:
    return {
        "by_mail": _("Want the answer by mail?"),
        "leave": _("Leave an address"),
        "who": _("How can we reach you?"),
        "who_required": _("Before we start: who are you?"),
        "name": _("Name"),
        "email": _("E-mail address"),
        "save": _("Save"),
        "start": _("Start chat"),
        "cancel": _("Cancel"),
        "mail_to": _("Answers also go to {email}"),
        "change": _("Change"),
        "email_wrong": _("Please check the e-mail address."),
        "needed": _("Please fill in this field."),
        "thanks": _("Thank you. Answers also go to {email}."),
        "privacy": _("Privacy"),
        "shares_page": _("The team sees which page you are on."),
        "shares_typing": _("The team sees what you write before you send it."),
    }
