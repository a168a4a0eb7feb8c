"""The public page of a channel, as t.me writes it; figures are rounded down to three places."""

from collections.abc import Sequence
from html import escape

from collector.testing.company.calendar import moment
from connectors.telegram.simulator.channel import TITLES, Channel, Posted

_UNITS = ((1_000_000, "M"), (1_000, "K"))


def rounded(count: int) -> str:
    """`903`, `12.5K`, `1.2M`."""
    for unit, name in _UNITS:
        if count >= unit:
            places = 2 if count < 10 * unit else 1 if count < 100 * unit else 0
            told = str(count * 10**places // unit)
            whole, rest = (told[: len(told) - places], told[len(told) - places :].rstrip("0")) if places else (told, "")
            return f"{whole}.{rest}{name}" if rest else f"{whole}{name}"
    return str(count)


def page(channel: Channel, posts: Sequence[Posted], at: int, *, members: int, hides_views: bool = False) -> str:
    """These posts, oldest first."""
    name = channel.name
    blocks = "".join(_block(channel, each, at, hides_views=hides_views) for each in posts)
    older = f'<link rel="prev" href="/s/{name}?before={posts[0].number}">' if posts else ""
    return (
        f"<!DOCTYPE html><html><head><title>{escape(channel.title)} – Telegram</title>{older}</head>"
        '<body class="widget_frame_base tgme_webpreview"><div class="tgme_channel_info">'
        f'<div class="tgme_channel_info_header_title"><span dir="auto">{escape(channel.title)}</span></div>'
        '<div class="tgme_channel_info_counters"><div class="tgme_channel_info_counter">'
        f'<span class="counter_value">{rounded(members)}</span> <span class="counter_type">subscribers</span>'
        '</div></div></div><section class="tgme_channel_history js-message_history">'
        f"{blocks}</section></body></html>"
    )


def closed(channel: Channel) -> str:
    """Where a channel shows no preview."""
    return (
        f"<!DOCTYPE html><html><head><title>Telegram: Contact @{channel.name}</title></head><body>"
        f'<div class="tgme_page"><div class="tgme_page_title"><span dir="auto">{escape(channel.title)}</span></div>'
        '<div class="tgme_page_extra">812 subscribers</div></div></body></html>'
    )


def _block(channel: Channel, post: Posted, at: int, *, hides_views: bool) -> str:
    pin = post.life.published + 1_800
    service = (
        _message(channel, post.number + 3, pin, _text(f"{channel.title} pinned a message"), "", kind=" service_message")
        if post.is_pinned and pin <= at
        else ""
    )
    count = post.life.counter("views", at)
    views = f'<span class="tgme_widget_message_views">{rounded(count)}</span>' if count and not hides_views else ""
    media = {
        "photo": f'<a class="tgme_widget_message_photo_wrap" href="https://t.me/{channel.name}/{post.number}"></a>',
        "video": '<i class="tgme_widget_message_video_thumb"></i><video class="tgme_widget_message_video"></video>',
    }.get(post.life.kind, "")
    body = media + _text(TITLES[post.life.id % len(TITLES)]) + _reactions(post.life.counter("likes", at))
    return _message(channel, post.number, post.life.published, body, views) + service


def _reactions(count: int) -> str:
    kinds = {"👍": count - count // 3, "🔥": count // 3}
    told = "".join(
        f'<span class="tgme_reaction"><i class="emoji"><b>{emoji}</b></i>{rounded(n)}</span>'
        for emoji, n in kinds.items()
        if n
    )
    return f'<div class="tgme_widget_message_reactions">{told}</div>' if told else ""


def _text(text: str) -> str:
    return f'<div class="tgme_widget_message_text js-message_text" dir="auto">{escape(text)}</div>'


def _message(channel: Channel, number: int, at: int, body: str, views: str, *, kind: str = "") -> str:
    place = f"{channel.name}/{number}"
    return (
        f'<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message{kind} '
        f'js-widget_message" data-post="{place}"><div class="tgme_widget_message_bubble">{body}'
        '<div class="tgme_widget_message_footer compact js-message_footer">'
        f'<div class="tgme_widget_message_info short js-message_info">{views}<span class="tgme_widget_message_meta">'
        f'<a class="tgme_widget_message_date" href="https://t.me/{place}"><time datetime="{moment(at).isoformat()}" '
        'class="time">10:00</time></a></span></div></div></div></div></div>'
    )
