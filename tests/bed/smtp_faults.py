# SPDX-License-Identifier: BSD-2-Clause
"""All that may be wrong with an SMTP server of the bed, by name.

FAULTS[name].says tells what a client meets. Besides those with names of their own there are
silent_at_S, close_at_S, reset_at_S and drip_at_S for every step S of smtp_session: the server
falls silent for ever, closes, resets, or sends one octet of an endless answer after another. At
"handshake" the client has got the 220 to STARTTLS, and the server has its ClientHello. The reset at
"greeting" may come while the client is still in connect().
"""

from .smtp_session import STEPS, ehlo_reply

HUGE = 10 * 1024 * 1024
BLOCK = 65536
ESCAPES = "\x1b[2J\x1b[31mred\x1b]0;title\x07\b\x7f\x9b1m\u202egnp.exe"
GARBAGE = b"\x00\xff\xfe\x1b[2J\x1b]0;owned\x07\x80\x00\x9b31m\r\x00\r\n\xc3\x28\x00" * 3
INJECTED = b"250-injected\r\n250 AUTH PLAIN\r\n"
# The head of a record of 16384 octets of a handshake: who believes it reads for long.
DRIPPED_RECORD = b"\x16\x03\x03\x40\x00"


class Fault:
    """says   what a client meets
    steps     as in smtp_session
    tls       "1.1", "1.2" or "1.3": this version and no other
    implicit  TLS from the first octet
    """

    def __init__(self, says, tls=None, implicit=False, **steps):
        self.says = says
        self.tls = tls
        self.implicit = implicit
        self.steps = steps


# Actions

def silent(session):
    session.channel.drain()


def close(session):
    session.channel.close()


def reset(session):
    session.channel.reset()


def truncate(session):
    session.channel.truncate()


def without_goodbye(session):
    session.channel.send(b"221 2.0.0 bye\r\n")
    session.channel.truncate()


def drip(text):
    def act(session):
        at = 0
        while True:
            session.channel.send(text[at % len(text)].to_bytes(1, "big"))
            session.channel.wait(session.server.drip_s)
            at += 1
    return act


def drip_hello(session):
    session.channel.await_hello()
    for octet in DRIPPED_RECORD:
        session.channel.send_raw(octet.to_bytes(1, "big"))
        session.channel.wait(session.server.drip_s)
    drip(b"\0")(session)


def after_hello(action):
    def act(session):
        session.channel.await_hello()
        action(session)
    return act


def flood_line(code):
    """10 MB with no line end, then silence."""
    def act(session):
        session.channel.send(code + b" ")
        for _ in range(HUGE // BLOCK):
            session.channel.send(b"x" * BLOCK)
        session.channel.drain()
    return act


def flood_lines(code, last):
    """10 MB of lines that are right one by one, and a last line."""
    line = code + b"-" + b"x" * 58 + b"\r\n"

    def act(session):
        for _ in range(HUGE // BLOCK):
            session.channel.send(line * (BLOCK // len(line)))
        return code + b" " + last + b"\r\n"
    return act


def garbage_hello(session):
    session.channel.await_hello()
    session.channel.send(GARBAGE)
    session.channel.drain()


def inject_later(session):
    """Between the 220 and ServerHello, but when ClientHello is there."""
    session.channel.await_hello()
    session.channel.send(INJECTED)


def mail_needs_tls(session):
    return None if session.channel.is_tls else "530 5.7.0 STARTTLS first"


def refuse_ehlo(_session):
    return "502 5.5.1 EHLO is not implemented"


def without_starttls(session):
    return ehlo_reply(session.server.name, session.server.extensions)


FAULTS = {
    "none": Fault("STARTTLS works"),
    "no_starttls": Fault("EHLO does not offer STARTTLS", ehlo=without_starttls,
                         starttls="502 5.5.1 not implemented"),
    "starttls_refused": Fault("454 to STARTTLS", starttls="454 4.7.0 TLS not available"),
    "starttls_501": Fault("501 to STARTTLS", starttls="501 5.5.4 no parameters allowed"),
    "starttls_injected": Fault("plaintext in the segment of the 220 to STARTTLS",
                               starttls=b"220 2.0.0 go ahead\r\n" + INJECTED),
    "starttls_injected_later": Fault("plaintext before ServerHello", handshake=inject_later),
    "garbage_hello": Fault("binary rubbish for a ServerHello", handshake=garbage_hello),
    "mail_needs_tls": Fault("530 to MAIL in the clear", mail=mail_needs_tls),
    "tls11_only": Fault("no TLS above 1.1", tls="1.1"),
    "tls12_only": Fault("no TLS but 1.2", tls="1.2"),
    "tls13_only": Fault("no TLS but 1.3", tls="1.3"),
    "implicit_tls": Fault("TLS from the first octet", implicit=True),
    "greeting_554": Fault("554 for a greeting", greeting="554 5.3.2 no SMTP service here"),
    "greeting_421": Fault("421 for a greeting, then it closes",
                          greeting="421 4.3.2 not now, try later"),
    "greeting_multiline": Fault("a greeting of three lines",
                                greeting=b"220-mx.bed.test\r\n220-second\r\n220 third\r\n"),
    "greeting_garbage": Fault("binary rubbish for a greeting", greeting=GARBAGE),
    "greeting_huge_line": Fault("10 MB of greeting with no line end",
                                greeting=flood_line(b"220")),
    "greeting_huge_lines": Fault("10 MB of lines 220-", greeting=flood_lines(b"220", b"done")),
    "ehlo_refused": Fault("502 to EHLO, HELO works", ehlo="502 5.5.1 not implemented",
                          ehlo_tls="502 5.5.1 not implemented"),
    "ehlo_huge_line": Fault("10 MB of answer to EHLO with no line end", ehlo=flood_line(b"250")),
    "ehlo_huge_lines": Fault("10 MB of lines 250- to EHLO",
                             ehlo=flood_lines(b"250", b"STARTTLS")),
    "escapes": Fault("control characters in greeting and answer to EHLO",
                     greeting=f"220 mx{ESCAPES} ESMTP",
                     ehlo=ehlo_reply(f"mx{ESCAPES}", [f"X{ESCAPES}", "STARTTLS"]),
                     ehlo_tls=ehlo_reply(f"mx{ESCAPES}", [f"X{ESCAPES}"])),
    "truncated_tls": Fault("FIN over TLS without close_notify after EHLO", ehlo_tls=truncate),
    "no_close_notify": Fault("after QUIT over TLS no close_notify", quit=without_goodbye),
}


def systematic():
    codes = {"greeting": b"220", "starttls": b"220", "data": b"354", "quit": b"221"}
    for step in STEPS:
        actions = {"silent": silent, "close": close, "reset": reset,
                   "drip": drip(codes.get(step, b"250") + b"-drip\r\n")}
        if step == "handshake":
            actions = {verb: after_hello(action) for verb, action in actions.items()}
            actions["drip"] = drip_hello
        for verb, action in actions.items():
            says = {"silent": "silence", "close": "the end", "reset": "a reset",
                    "drip": "an octet at a time"}[verb]
            yield f"{verb}_at_{step}", Fault(f"{says} instead of the answer at {step}",
                                             **{step: action})


FAULTS.update(systematic())
