"""Which evidence leads to which channel: the built-in rules, case by case."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.vocabulary.channels import (
    CHANNELS,
    CLICK_IDS,
    EXISTING,
    NOT_WEB,
    UNASSIGNED,
    ChannelRules,
    Grouping,
    Rule,
)

BUILT_IN = ChannelRules()

TAGS = """
source                  ; medium            ; campaign                 ; channel

# GA4's rules, in their order
(direct)                ; (none)            ;                          ; Direct
(direct)                ;                   ;                          ; Direct
(direct)                ; (not set)         ; (not set)                ; Direct
(Direct)                ; (None)            ;                          ; Direct
(direct)                ; email             ;                          ; Email
(direct)                ; cpc               ;                          ; Paid Other
google                  ; cpc               ; cross-network            ; Cross-network
google                  ; cpc               ; Sale Cross-Network 2026  ; Cross-network
(direct)                ; cpc               ; x-cross-network          ; Cross-network
amazon                  ; cpc               ;                          ; Paid Shopping
etsy.com                ; paid              ;                          ; Paid Shopping
google                  ; cpc               ; shopping-autumn          ; Paid Shopping
google                  ; cpc               ; pet shop                 ; Paid Shopping
google                  ; cpc               ; shop                     ; Paid Shopping
google                  ; cpc               ; workshop                 ; Paid Search
google                  ; cpc               ; bishop eshop             ; Paid Shopping
google                  ; cpc               ; eshop                    ; Paid Shopping
google                  ; cpc               ;                          ; Paid Search
google                  ; ppc               ; brand                    ; Paid Search
google                  ; paid_search       ;                          ; Paid Search
google                  ; paid              ;                          ; Paid Search
google                  ; retargeting       ;                          ; Paid Search
google                  ; cpv               ;                          ; Paid Search
bing                    ; cpc               ;                          ; Paid Search
baidu                   ; cpc               ;                          ; Paid Search
facebook                ; cpc               ;                          ; Paid Social
facebook.com            ; paidsocial        ;                          ; Paid Social
instagram               ; paid_social       ;                          ; Paid Social
l.instagram.com         ; cpm               ;                          ; Paid Social
tiktok                  ; cpc               ;                          ; Paid Social
linkedin                ; cpc               ; leads                    ; Paid Social
youtube                 ; cpc               ;                          ; Paid Video
youtube.com             ; cpm               ;                          ; Paid Video
rutube                  ; cpm               ;                          ; Paid Video
vimeo.com               ; paid              ;                          ; Paid Video
news.example            ; display           ;                          ; Display
news.example            ; banner            ;                          ; Display
news.example            ; expandable        ;                          ; Display
news.example            ; interstitial      ;                          ; Display
news.example            ; cpm               ;                          ; Display
google                  ; display           ;                          ; Display
criteo                  ; cpc               ;                          ; Paid Other
criteo                  ; retargeting       ;                          ; Paid Other
mailing                 ; paid-mail         ;                          ; Paid Other
news.example            ; cpa               ;                          ; Paid Other
news.example            ; ecpc              ;                          ; Paid Other
amazon.de               ; referral          ;                          ; Organic Shopping
ebay                    ;                   ;                          ; Organic Shopping
letter                  ; email             ; shop news                ; Organic Shopping
vk                      ; referral          ;                          ; Organic Social
vk.com                  ; referral          ;                          ; Organic Social
m.vk.com                ; referral          ;                          ; Organic Social
facebook                ; organic           ;                          ; Organic Social
lnkd.in                 ; referral          ;                          ; Organic Social
blog.example            ; social            ;                          ; Organic Social
blog.example            ; social-network    ;                          ; Organic Social
blog.example            ; social-media      ;                          ; Organic Social
blog.example            ; sm                ;                          ; Organic Social
blog.example            ; social network    ;                          ; Organic Social
blog.example            ; social media      ;                          ; Organic Social
youtube                 ;                   ;                          ; Organic Video
youtu.be                ; referral          ;                          ; Organic Video
rutube.ru               ; referral          ;                          ; Organic Video
blog.example            ; video             ;                          ; Organic Video
blog.example            ; video-review      ;                          ; Organic Video
google                  ; organic           ;                          ; Organic Search
google                  ;                   ;                          ; Organic Search
yandex                  ; organic           ;                          ; Organic Search
yandex.ru               ; referral          ;                          ; Organic Search
search.example          ; organic           ;                          ; Organic Search
chatgpt.com             ; ai-assistant      ; (ai-assistant)           ; AI Assistant
some-new-assistant      ; ai-assistant      ;                          ; AI Assistant
chatgpt.com             ;                   ;                          ; AI Assistant
perplexity              ;                   ;                          ; AI Assistant
chatgpt.com             ; referral          ;                          ; Referral
partner.example         ; referral          ;                          ; Referral
partner.example         ; app               ;                          ; Referral
partner.example         ; link              ;                          ; Referral
e.mail.ru               ; referral          ;                          ; Referral
mail.yandex.ru          ; referral          ;                          ; Referral
docs.google.com         ; referral          ;                          ; Referral
letter                  ; email             ;                          ; Email
letter                  ; e-mail            ;                          ; Email
letter                  ; e_mail            ;                          ; Email
letter                  ; e mail            ;                          ; Email
email                   ;                   ;                          ; Email
e-mail                  ; spring            ;                          ; Email
unisender               ; email             ; осенняя рассылка         ; Email
admitad                 ; affiliate         ;                          ; Affiliates
podcast                 ; audio             ;                          ; Audio
sms                     ;                   ;                          ; SMS
crm                     ; sms               ;                          ; SMS
app                     ; push              ;                          ; Mobile Push Notifications
app                     ; web_push          ;                          ; Mobile Push Notifications
app                     ; mobile            ;                          ; Mobile Push Notifications
app                     ; notification      ;                          ; Mobile Push Notifications
firebase                ;                   ;                          ; Mobile Push Notifications
leaflet                 ; qr                ;                          ; Unassigned
(not set)               ; (not set)         ; (not set)                ; Unassigned

# the product's additions
vk                      ; target            ;                          ; Paid Social
vk                      ; targeting         ;                          ; Paid Social
instagram               ; target            ;                          ; Paid Social
yandex                  ; target            ;                          ; Paid Social
some.site               ; target            ;                          ; Paid Social
anna.blog               ; blogger           ;                          ; Paid Social
telegram                ; blogger           ;                          ; Paid Social
youtube                 ; blogger           ; обзор                    ; Paid Social
yandex                  ; context           ;                          ; Paid Search
some.site               ; context           ; brand                    ; Paid Search
yandex                  ; rsya              ;                          ; Display
yandex_direct           ; RSYA              ; сети                     ; Display
some.site               ; rsya              ;                          ; Display
vk                      ; smm               ;                          ; Organic Social
some.site               ; smm               ;                          ; Organic Social
vk                      ; post              ;                          ; Organic Social
telegram                ; post              ;                          ; Organic Social
tg                      ; post              ; анонс                    ; Organic Social
some.site               ; post              ;                          ; Organic Social
telegram                ;                   ;                          ; Organic Social
tg                      ; link              ;                          ; Organic Social
telegram                ; cpm               ;                          ; Paid Social
tg                      ; cpc               ;                          ; Paid Social
t.me                    ; referral          ;                          ; Organic Social
telegram                ; banner            ;                          ; Display
whatsapp                ;                   ;                          ; Messengers
whatsapp                ; social            ;                          ; Messengers
WhatsApp                ; message           ;                          ; Messengers
whatsapp                ; referral          ;                          ; Messengers
viber                   ; link              ;                          ; Messengers
viber                   ; рассылка          ;                          ; Messengers
wa.me                   ; referral          ;                          ; Messengers

# aliases
yandex                  ; cpc               ; бренд                    ; Paid Search
Yandex                  ; CPC               ;                          ; Paid Search
ya                      ; cpc               ;                          ; Paid Search
yandex_direct           ; cpc               ;                          ; Paid Search
yandex-direct           ; cpc               ;                          ; Paid Search
Yandex Direct           ; cpc               ;                          ; Paid Search
yandex.direct           ; cpc               ;                          ; Paid Search
direct                  ; cpc               ;                          ; Paid Search
Direct                  ; cpc               ; поиск                    ; Paid Search
direct                  ; (none)            ;                          ; Organic Search
google_ads              ; cpc               ;                          ; Paid Search
adwords                 ; cpc               ;                          ; Paid Search
mail.ru                 ; cpc               ;                          ; Paid Search
go.mail.ru              ; organic           ;                          ; Organic Search
rambler                 ; cpc               ;                          ; Paid Search
rambler.ru              ; referral          ;                          ; Organic Search
yandex                  ; cpm               ;                          ; Paid Search
vk                      ; cpc               ;                          ; Paid Social
vkontakte               ; cpc               ;                          ; Paid Social
vk_ads                  ; cpc               ;                          ; Paid Social
vk-ads                  ; cpc               ;                          ; Paid Social
vkads                   ; cpm               ;                          ; Paid Social
mytarget                ; cpc               ;                          ; Paid Social
my_target               ; cpm               ;                          ; Paid Social
ok                      ; cpc               ;                          ; Paid Social
odnoklassniki           ; cpc               ;                          ; Paid Social
dzen                    ; cpc               ;                          ; Paid Social
dzen.ru                 ; referral          ;                          ; Organic Social
zen.yandex.ru           ; referral          ;                          ; Organic Social
my.mail.ru              ; referral          ;                          ; Organic Social
max                     ; cpm               ;                          ; Paid Social
max                     ; post              ;                          ; Organic Social
facebook                ; cpm               ;                          ; Paid Social
fb                      ; cpc               ;                          ; Paid Social
instagram               ; stories           ;                          ; Organic Social
market.yandex.ru        ; referral          ;                          ; Organic Shopping
yandex_market           ; cpc               ;                          ; Paid Shopping
google.co.uk            ; referral          ;                          ; Organic Search
https://vk.com/club1    ; referral          ;                          ; Organic Social
notvk.com               ; referral          ;                          ; Referral
vk.com.example          ; referral          ;                          ; Referral

# no aliases in Cyrillic
яндекс                  ; cpc               ;                          ; Paid Other
вк                      ; cpc               ;                          ; Paid Other
вк                      ; таргет            ;                          ; Unassigned
вконтакте               ; пост              ;                          ; Unassigned
телеграм                ; post              ;                          ; Organic Social
яндекс                  ; organic           ;                          ; Organic Search

# case, spaces, encodings
VK                      ; Cpc               ;                          ; Paid Social
vk%20                   ; %20cpc            ;                          ; Paid Social
+vk+                    ; cpc+              ;                          ; Paid Social
blog                    ; social+media      ;                          ; Organic Social
blog                    ; SOCIAL%20MEDIA    ;                          ; Organic Social
blog                    ; social%2520media  ;                          ; Organic Social
blog                    ; social   network  ;                          ; Organic Social
%76%6B                  ; cpc               ;                          ; Paid Social
%28direct%29            ; %28none%29        ;                          ; Direct
letter                  ; E%2DMail          ;                          ; Email
yandex                  ; cpc               ; %D1%81%D0%B0%D0%BB%D0%B5 ; Paid Search
yandex%5Fdirect         ; cpc               ;                          ; Paid Search

# macros that were not filled
{source}                ; {medium}          ; {campaign_id}            ; Unassigned
{{site_source_name}}    ; cpc               ; {{campaign.name}}        ; Paid Other
%7Bsource%7D            ; cpc               ;                          ; Paid Other
{source_type}           ; organic           ;                          ; Organic Search
vk                      ; {medium}          ;                          ; Organic Social
vk                      ; cpc               ; {campaign_id}_{ad_id}    ; Paid Social
(direct)                ; {medium}          ;                          ; Direct
google                  ; cpc               ; {shop}                   ; Paid Search
"""

REFERRERS = """
https://www.google.com/search?q=tea                                 ; Organic Search
https://www.google.com/                                             ; Organic Search
https://www.google.co.uk/                                           ; Organic Search
google.de                                                           ; Organic Search
https://yandex.ru/                                                  ; Organic Search
https://ya.ru/search/?text=%D1%87%D0%B0%D0%B9                       ; Organic Search
https://yandex.com.tr/search                                        ; Organic Search
https://www.bing.com/                                               ; Organic Search
https://de.search.yahoo.com/                                        ; Organic Search
https://duckduckgo.com/                                             ; Organic Search
https://go.mail.ru/search                                           ; Organic Search
https://mail.ru/                                                    ; Organic Search
android-app://com.google.android.googlequicksearchbox/              ; Organic Search
https://vk.com/                                                     ; Organic Social
https://away.vk.com/away.php                                        ; Organic Social
HTTPS://M.VK.COM/                                                   ; Organic Social
https://ok.ru/                                                      ; Organic Social
https://t.me/s/channel                                              ; Organic Social
android-app://org.telegram.messenger/                               ; Organic Social
https://dzen.ru/                                                    ; Organic Social
https://my.mail.ru/                                                 ; Organic Social
https://lm.facebook.com/l.php                                       ; Organic Social
https://l.instagram.com/?u=https%3A%2F%2Fexample.com                ; Organic Social
https://pinterest.de/                                               ; Organic Social
https://www.youtube.com/watch?v=1                                   ; Organic Video
https://rutube.ru/                                                  ; Organic Video
https://vkvideo.ru/                                                 ; Organic Video
https://market.yandex.ru/product                                    ; Organic Shopping
https://www.amazon.co.uk/dp/1                                       ; Organic Shopping
https://web.whatsapp.com/                                           ; Messengers
https://chatgpt.com/                                                ; AI Assistant
https://gemini.google.com/app                                       ; AI Assistant
https://e.mail.ru/inbox                                             ; Referral
https://mail.google.com/mail                                        ; Referral
https://docs.google.com/document                                    ; Referral
https://partner.example/blog?from=https://vk.com/                   ; Referral
https://user@partner.example:8443/                                  ; Referral
сайт.рф                                                             ; Referral
notvk.com                                                           ; Referral
//vk.com/feed                                                       ; Organic Social
"""

CLICKS = """
yclid=12345                        ; Paid Search
gclid=Cj0KCQ                       ; Paid Search
gbraid=0AAAAA                      ; Paid Search
wbraid=Cl8KCQ                      ; Paid Search
msclkid=a1                         ; Paid Search
rb_clickid=77-1                    ; Paid Social
fbclid=IwAR1                       ; Paid Social
ttclid=E.C.P                       ; Paid Social
twclid=2                           ; Paid Social
dclid=CIj                          ; Display
ymclid=16                          ; Paid Shopping
YCLID=12345                        ; Paid Search
fbclid=IwAR1 yclid=12345           ; Paid Search
fbclid=IwAR1 gclid=Cj0             ; Paid Search
yclid= rb_clickid=77               ; Paid Social
yclid={yclid} fbclid=IwAR1         ; Paid Social
yclid=(not-set)                    ; Paid Search
gclid={{gclid}}                    ; none
roistat=1                          ; none
"""

CRM = """
CALL                ; Calls
call                ; Calls
Call                ; Calls
CALLBACK            ; Calls
sip                 ; Calls
EMAIL               ; Email
PARTNER             ; Partners
RECOMMENDATION      ; Partners
RC_GENERATOR        ; Existing customers
REPEAT_SALE         ; Existing customers
TRADE_SHOW          ; Offline
STORE               ; Offline
1|OPENLINE          ; Messengers
3|TELEGRAM          ; Messengers
12|WHATSAPP         ; Messengers
2|VK                ; Messengers
9|OLCHAT_WA_CONNECTOR_2 ; Messengers
chats               ; Messengers
LIVECHAT            ; Messengers
WEB                 ; none
WEBFORM             ; none
ADVERTISING         ; none
OTHER               ; none
UC_7GZ1M2           ; none
48211               ; none
Звонок              ; none
Рекомендация        ; none
(not set)           ; none
{source}            ; none
"""


def cases(table: str) -> list[list[str]]:
    """The rows of a table, without its headings."""
    lines = [line for line in table.splitlines() if line and not line.startswith(("#", "source "))]
    return [[cell.strip() for cell in line.split(";")] for line in lines]


def channel(found: Grouping | None) -> str:
    return "none" if found is None else found.channel


def test_the_tables_hold_what_a_business_meets() -> None:
    assert sum(len(cases(table)) for table in (TAGS, REFERRERS, CLICKS, CRM)) >= 200


@pytest.mark.parametrize(("source", "medium", "campaign", "expected"), cases(TAGS))
def test_tags_lead_to_a_channel(source: str, medium: str, campaign: str, expected: str) -> None:
    found = BUILT_IN.of_tags(source, medium, campaign)

    assert channel(found) == (expected if expected != UNASSIGNED else "none")


@pytest.mark.parametrize(("source", "medium", "campaign", "expected"), cases(TAGS))
def test_visits_lead_to_the_same_channel_as_tags(source: str, medium: str, campaign: str, expected: str) -> None:
    assert BUILT_IN.of_session(f"{source} / {medium}", campaign) == expected


@pytest.mark.parametrize(("referrer", "expected"), cases(REFERRERS))
def test_a_referrer_leads_to_a_channel(referrer: str, expected: str) -> None:
    assert channel(BUILT_IN.of_referrer(referrer)) == expected


@pytest.mark.parametrize("referrer", [None, "", "(not set)", "(direct)", "localhost", "about:blank", "{referrer}"])
def test_what_names_no_site_is_no_referrer(referrer: str | None) -> None:
    assert BUILT_IN.of_referrer(referrer) is None


@pytest.mark.parametrize(("ids", "expected"), cases(CLICKS))
def test_click_ids_lead_to_a_channel(ids: str, expected: str) -> None:
    given_ids = dict(each.split("=") for each in ids.split())

    assert channel(BUILT_IN.of_click_ids(given_ids)) == expected


@pytest.mark.parametrize(("source", "expected"), cases(CRM))
def test_crm_sources_lead_to_a_channel(source: str, expected: str) -> None:
    assert channel(BUILT_IN.of_lead_source(source)) == expected


def test_a_grouping_says_what_matched_in_words_and_the_values() -> None:
    assert BUILT_IN.of_tags("VK", "cpc", "spring") == Grouping(
        "Paid Social", "built-in: social source and paid medium", "utm_source=vk, utm_medium=cpc"
    )
    assert BUILT_IN.of_tags("(direct)", None, None) == Grouping(
        "Direct", "built-in: source (direct) and medium (not set)", "utm_source=(direct), utm_medium=(not set)"
    )
    assert BUILT_IN.of_tags("x", "cpc", "Pet shop") == Grouping(
        "Paid Shopping",
        "built-in: campaign of a shop and paid medium",
        "utm_medium=cpc, utm_campaign=pet shop",
    )
    assert BUILT_IN.of_click_ids({"yclid": "12"}) == Grouping("Paid Search", "click id yclid", "yclid=12")
    assert BUILT_IN.of_lead_source("CALL") == Grouping("Calls", "CRM source CALL", "lead_source=CALL")
    assert BUILT_IN.of_referrer("https://ya.ru/") == Grouping(
        "Organic Search", "built-in: search referrer", "referrer=ya.ru"
    )


def test_without_tags_there_is_no_evidence_in_them() -> None:
    assert BUILT_IN.of_tags(None, "", "(not set)", "CALL") is None
    assert BUILT_IN.of_click_ids({}) is None
    assert BUILT_IN.of_lead_source(None) is None


def test_a_campaign_of_all_networks_is_told_by_its_title() -> None:
    assert BUILT_IN.of_campaign("701", "Осень Cross-network") == "Cross-network"
    assert BUILT_IN.of_campaign("701", "shop autumn") is None
    assert BUILT_IN.of_campaign("701") is None


def test_cross_network_display_and_every_paid_channel_are_paid() -> None:
    rules = ChannelRules(paid_channels=frozenset({"Influencers", "affiliates"}))
    paid = [name for name in (*CHANNELS, "Influencers", "Paid Podcasts") if rules.is_paid(name)]

    assert paid == [
        "Cross-network", "Paid Shopping", "Paid Search", "Paid Social", "Paid Video", "Display", "Paid Other",
        "Affiliates", "Influencers", "Paid Podcasts",
    ]  # fmt: skip


def test_all_channels_that_rules_lead_to_are_known() -> None:
    assert {*CLICK_IDS.values(), *NOT_WEB, EXISTING, UNASSIGNED} <= set(CHANNELS)
    assert {row[-1] for table in (TAGS, REFERRERS, CLICKS, CRM) for row in cases(table)} - {"none"} <= set(CHANNELS)


# ── whatever is written ──────────────────────────────────────────────────────────────

LETTERS = string.ascii_lowercase + "абвгдежзийклмнопрстуфхцчшщъыьэюя0123456789.-_|()"
texts = st.none() | st.text(max_size=30) | st.text(alphabet="{}%+25 *d0vk/cp:(.)", max_size=20)
words = st.text(alphabet=LETTERS, min_size=1, max_size=12) | st.sampled_from(["vk", "cpc", "direct", "shop", "smm"])
patterns = st.none() | st.text(alphabet="*abvk%+2 {}", max_size=6)
rules_of_users = st.lists(
    st.builds(
        Rule,
        st.sampled_from(["Influencers", "email", "Партнёры"]),
        source=patterns,
        medium=patterns,
        campaign=patterns,
        lead_source=patterns,
    ),
    max_size=3,
).map(lambda found: ChannelRules(tuple(found)))


@given(rules=rules_of_users, values=st.lists(texts, min_size=4, max_size=4))
def test_whatever_is_written_the_channel_is_a_known_one_or_the_users(
    rules: ChannelRules, values: list[str | None]
) -> None:
    known = {*CHANNELS, "Influencers", "Партнёры"}
    source, medium, campaign, other = values
    found = [
        rules.of_tags(source, medium, campaign, other),
        rules.of_click_ids({"yclid": source or "", "fbclid": other or ""}),
        rules.of_lead_source(other),
        rules.of_referrer(other),
    ]
    told = {each.channel for each in found if each is not None}

    assert told <= known
    assert rules.of_session(f"{source} / {medium}", campaign) in known
    assert rules.of_session(other or "", None) in known
    assert rules.of_campaign(source or "", other) in known | {None}
    assert all(each is None or (each.rule and each.evidence) for each in found)


@given(source=words, medium=words, campaign=words, spaces=st.sampled_from(["", " ", "\t ", "\u00a0", "+", "%20"]))
def test_case_and_spaces_around_do_not_matter(source: str, medium: str, campaign: str, spaces: str) -> None:
    plain = BUILT_IN.of_tags(source, medium, campaign)
    dressed = BUILT_IN.of_tags(*(f"{spaces}{each.upper()}{spaces}" for each in (source, medium, campaign)))

    assert dressed == plain
    assert channel(BUILT_IN.of_lead_source(source.upper() + spaces)) == channel(BUILT_IN.of_lead_source(source))
