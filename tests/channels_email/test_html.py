"""HTML mails: what is seen, what is quoted, and no more time than they are worth."""

import pytest

from channels_email.html import MAX_TEXT, render, to_text
from tests.channels_email.mails import mail, parsed


def said(markup: str) -> str:
    """Return what the person wrote, by the mail's HTML."""
    return parsed(mail("Content-Type: text/html; charset=utf-8", body=markup)).text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div>two</div><div><br></div><div>three</div>", "one\ntwo\n\nthree"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<p class=MsoNormal>one<o:p></o:p></p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>two", "one\n\ntwo"),
        ('<p style="margin:0">one</p><p style="margin: 0px">two</p>', "one\ntwo"),
        ("<ul><li>a<li>b<ol><li>x</li><li>y</li></ol></ul>after", "- a\n- b\n  1. x\n  2. y\n\nafter"),
        ("<table><tr><th>SKU</th><th>Qty</th></tr><tr><td>17</td><td>3</td></tr></table>", "SKU\tQty\n17\t3"),
        ("<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc"),
        ('<div style="white-space: pre-wrap">a\n  b</div>', "a\n  b"),
        ("a  \n\t b&nbsp;c &lt;d&gt; &#22270;", "a b c <d> 图"),
        ("<b>bo</b>ld <i>and</i> <a href='http://x.example'>link</a>", "bold and link"),
        ("<h1>Title</h1>text<hr>more", "Title\n\ntext\n----------\nmore"),
        ("<style>x</style><script>y</script><title>z</title><!-- c -->seen", "seen"),
        ('<div style="display:none">preheader</div><span style="mso-hide:all">x</span><p hidden>y</p>seen', "seen"),
        ('<img src="cid:a" alt="logo"><img alt="\U0001f600">', "\U0001f600"),
        ("<blockquote style='margin:0 0 0 40px;border:none;padding:0px'>indented</blockquote>", "indented"),
        ("<p>unclosed <b>bold <p>next", "unclosed bold\n\nnext"),
        ("<div>\n  <div>\n one\n two</div>\n</div>", "one two"),
        ("", ""),
        ("just text", "just text"),
    ],
)  # fmt: skip
def test_what_is_seen(markup: str, text: str) -> None:
    assert to_text(markup) == text


OLD = "<div>the earlier mail</div><div>in two lines</div>"
BY = "On Mon, 2 Mar 2026 at 10:00, Ada &lt;<a href='mailto:ada@x.example'>ada@x.example</a>&gt; wrote:<br>"
UNKNOWN = "Ku wa mbere, Ada yanditse ibi bikurikira<br>"  # an attribution in words that no rule knows
REPLIES = {
    "gmail": f"""<div class='gmail_quote'><div dir='ltr' class='gmail_attr'>{BY}</div>
        <blockquote class='gmail_quote'>{OLD}</blockquote></div>""",
    "gmail, unknown language": f"""<div class='gmail_quote'><div class='gmail_attr'>{UNKNOWN}</div>
        <blockquote class='gmail_quote'>{OLD}</blockquote></div>""",
    "apple": f"""<div><br><blockquote type='cite'><div>{BY}</div></blockquote></div><div>
        <blockquote type='cite'>{OLD}</blockquote></div>""",
    "apple, ios": f"""<br id='lineBreakAtBeginningOfSignature'><div dir='ltr'>Sent from my iPhone</div><div dir='ltr'>
        <br><blockquote type='cite'>{BY}<br></blockquote></div>
        <blockquote type='cite'>{OLD}</blockquote>""",
    "thunderbird": f"""<div class='moz-cite-prefix'>{UNKNOWN}</div>
        <blockquote type='cite' cite='mid:1@x'>{OLD}</blockquote>""",
    "outlook desktop": f"""<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'>
        <p class=MsoNormal><b>Ibyo:</b> Ada<br><b>Igihe:</b> Monday</p></div></div>{OLD}""",
    "outlook web": f"""<div id='appendonsend'></div><hr><div id='divRplyFwdMsg'><font><b>Ibyo:</b> Ada<br>
        <b>Igihe:</b> Monday</font></div>{OLD}""",
    "outlook mobile": f"""<div id='ms-outlook-mobile-signature'>Get
        <a href='https://aka.ms/o0ukef'>Outlook for iOS</a></div>
        <hr><div id='divRplyFwdMsg'><b>From:</b> Ada</div>{OLD}""",
    "outlook mobile, new": f"""<div id='mail-editor-reference-message-container'><b>Ibyo:</b> Ada {OLD}</div>""",
    "yahoo": f"""<div id='yahoo_quoted_123' class='yahoo_quoted'><div>{UNKNOWN}</div>{OLD}</div>""",
    "proton": f"""<div class='protonmail_signature_block'>Sent with Proton Mail.</div>
        <div class='protonmail_quote'>{BY}<blockquote class='protonmail_quote'>{OLD}</blockquote></div>""",
    "zoho": f"""<div class='zmail_extra'>
        <div>---- On Mon, 02 Mar 2026 10:00:00 +0000 Ada wrote ---</div>{OLD}</div>""",
    "qq": f"""<div><includetail><div>------------------&nbsp;原始邮件&nbsp;------------------</div>
        <div>发件人: Ada</div>{OLD}</includetail></div>""",
    "163": f"""<div id='isReplyContent'>At 2026-03-02 10:00:00, "Ada" &lt;ada@x.example&gt; wrote:<br>
        <blockquote id='isReplyContent'>{OLD}</blockquote></div>""",
    "aliyun": f"""<div class='__aliyun_previous_body_wrap'>{UNKNOWN}{OLD}</div>""",
    "gmx": f"""<div name='quote' style='border-left:2px solid #C3D9E5'><div>{UNKNOWN}</div>
        <div name='quoted-content'>{OLD}</div></div>""",
    "yandex": f"""<div>02.03.2026, 10:00, "Ada" &lt;ada@x.example&gt;:</div><blockquote>{OLD}</blockquote>""",
    "mail.ru": f"""<blockquote style='border-left:1px solid #0857A6'>{UNKNOWN}{OLD}</blockquote>""",
    "spark": f"""<div name='messageSignatureSection'>Ada</div>
        <div name='messageReplySection'>{UNKNOWN}{OLD}</div>""",
    "signature": """<div class='gmail_signature'>Ada Lovelace<br>Analyst</div>""",
    "signature above": f"""<div class='gmail_signature'>Ada<br>Analyst</div><br><div class='gmail_quote'>
        <div class='gmail_attr'>{UNKNOWN}</div><blockquote>{OLD}</blockquote></div>""",
}


@pytest.mark.parametrize("program", REPLIES)
def test_the_earlier_mail_is_folded(program: str) -> None:
    markup = f"<html><body><div>Thanks, it works now.</div><div><br></div>{REPLIES[program]}</body></html>"
    message = parsed(mail("Content-Type: text/html; charset=utf-8", body=markup))
    assert message.text == "Thanks, it works now."
    assert message.full_text.startswith("Thanks, it works now.")
    assert len(message.full_text) > len(message.text)
    assert not set(message.full_text) & set("\ue0f0\ue0f1\ue0f2")


def test_an_answer_below_the_quotation_is_the_answer() -> None:
    quote = f"<div class='moz-cite-prefix'>{UNKNOWN}</div><blockquote type='cite'>{OLD}</blockquote>"
    assert said(f"{quote}<p>Blue, please.</p>") == "Blue, please."


def test_answers_between_the_quotes_keep_them() -> None:
    text = said(
        f"<div class='gmail_quote'><div class='gmail_attr'>{BY}</div>"
        "<blockquote>Which colour?</blockquote>"
        "<div>Blue.</div><blockquote>Which size?</blockquote><div>Big.</div></div>"
    )
    assert [line for line in text.split("\n") if line][1:] == ["> Which colour?", "Blue.", "> Which size?", "Big."]


def test_a_mail_that_is_only_forwarded_is_shown() -> None:
    assert "the earlier mail" in said(f"<div id='divRplyFwdMsg'><b>From:</b> Ada</div>{OLD}")
    assert "the earlier mail" in said(f"<blockquote type='cite'>{OLD}</blockquote>")
    assert said("<div class='gmail_signature'>Ada</div>") == "Ada"


def test_marks_in_a_mail_mean_nothing() -> None:
    assert said("<p>one</p><p>\ue0f0</p><p>\ue0f2two</p>") == "one\n\ntwo"
    assert parsed(mail("Content-Type: text/plain; charset=utf-8", body="one\n\ue0f0\ntwo")).text == "one\n\ntwo"


BOMBS = {
    "paragraphs": "<p>x y z</p>" * 1_000_000,
    "empty elements": "<b></b>" * 1_400_000,
    "unclosed": "<p><b>" * 200_000,
    "fonts": "<p><font>" * 50_000,
    "deep": "<div>" * 200_000,
    "deep quotes": "<blockquote>" * 100_000,
    "tables": "<table><tr><td>" * 50_000,
    "lists": "<ul><li>" * 100_000,
    "less": "<" * 1_000_000,
    "greater": ">" * 1_000_000,
    "spaces": " " * 1_000_000,
    "attributes": "<a " + "x=1 " * 1_000_000,
    "styles": "".join(f"<a class='c{number}' style='a:{number}'>" for number in range(100_000)),
    "comments": "<!--" * 1_000_000,
    "pictures": "data:," * 1_000_000,
}


@pytest.mark.timeout(60)  # what is quadratic takes hours
@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_takes_no_time(kind: str) -> None:
    found = render("<p>first words</p>" + BOMBS[kind])
    assert found.text.startswith("first words")
    assert len(found.text) < 3 * MAX_TEXT


def test_a_letter_behind_ten_megabytes_of_picture_is_read() -> None:
    found = render(f"<img src='data:image/png;base64,{'A' * 10_000_000}'><p>the letter</p>")
    assert (found.text, found.is_whole) == ("the letter", True)


def test_a_cut_text_says_so() -> None:
    message = parsed(mail("Content-Type: text/html", body="<p>first words</p>" + "<p>and more</p>" * 700_000))
    assert message.text.startswith("first words")
    assert message.text.endswith("[…]")
    assert message.metadata["shortened"] is True
    assert len(message.html) > 10_000_000
    plain = parsed(mail(body="first words\n" + "and more\n" * 1_000_000))
    assert plain.text.endswith("[…]")
    assert plain.metadata["shortened"] is True
