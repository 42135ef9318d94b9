"""The journey of a post between two servers, by a client library that we did not write: Mastodon.py.

Usage: journey.py ALICE_BASE ALICE BETA_BASE BOB CAROL PASSWORD

ALICE is on the first server; BOB and CAROL are on the second. Signs in by the real pages, as a browser would. Prints what
it measured; ends with an exception when something is not as it must be.
"""

import base64
import hashlib
import html
import re
import secrets
import socket
import struct
import sys
import time
import zlib
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from mastodon import Mastodon, StreamListener
from mastodon.errors import MastodonNotFoundError

SCOPES = ["read", "write", "follow"]
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
PAUSE = 0.02
LIMIT = 20.0

# The names of the test servers are in no DNS.
_lookup = socket.getaddrinfo


def _here(host, *rest, **named):
    return _lookup("127.0.0.1" if str(host).endswith(".test") else host, *rest, **named)


socket.getaddrinfo = _here


class Forms(HTMLParser):
    """The forms of a page: each with its address, its fields and its buttons."""

    def __init__(self, page):
        super().__init__()
        self.forms = []
        self.button = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.forms.append({"action": attrs.get("action", ""), "fields": {}, "kinds": {}, "buttons": []})
        elif not self.forms:
            return
        elif tag == "input" and attrs.get("name"):
            self.forms[-1]["fields"][attrs["name"]] = attrs.get("value") or ""
            self.forms[-1]["kinds"][attrs["name"]] = attrs.get("type", "text")
        elif tag == "button":
            self.button = {"name": attrs.get("name"), "value": attrs.get("value") or "", "text": ""}
            self.forms[-1]["buttons"].append(self.button)

    def handle_data(self, data):
        if self.button is not None:
            self.button["text"] += data

    def handle_endtag(self, tag):
        if tag == "button":
            self.button = None


def picture(side=2):
    """A grey PNG."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * side) * side)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def eventually(what, look, limit=LIMIT):
    """Looks until there is something to see; returns it and the seconds that it took."""
    began = time.monotonic()
    while True:
        seen = look()
        took = time.monotonic() - began
        if seen:
            return seen, took
        if took > limit:
            raise AssertionError(f"waited {took:.1f} s in vain: {what}")
        time.sleep(PAUSE)


def submit(browser, page, form, changes):
    answer = browser.post(urljoin(page.url, form["action"] or page.url), data={**form["fields"], **changes}, timeout=30)
    assert answer.status_code < 400, f"{answer.url} answered {answer.status_code}: {answer.text[:2000]}"
    return answer


def consent(base, url, name, password):
    """What a person does in the browser; returns the page with the code."""
    browser = requests.Session()
    page = browser.get(url, timeout=30)
    assert page.status_code == 200, f"{page.url} answered {page.status_code}"
    assert "form" in page.text and page.url.startswith(base), page.url
    form = next(form for form in Forms(page.text).forms if "password" in form["kinds"].values())
    assert any(kind == "hidden" and form["fields"][field] for field, kind in form["kinds"].items()), "no CSRF token"
    login = next(field for field, kind in form["kinds"].items() if kind in ("text", "email"))
    secret = next(field for field, kind in form["kinds"].items() if kind == "password")
    # A form whose token is not this browser's must not be taken.
    stranger = requests.Session().post(
        urljoin(page.url, form["action"] or page.url), data={login: name, secret: password}, timeout=30, allow_redirects=False
    )
    assert stranger.status_code in (400, 403, 422), f"a sign-in without a CSRF token answered {stranger.status_code}"
    page = submit(browser, page, form, {login: name, secret: password})
    assert urlsplit(page.url).path.rstrip("/") == "/oauth/authorize", f"after the sign-in: {page.url}"
    for form in Forms(page.text).forms:
        for button in form["buttons"]:
            words = f"{button['name']} {button['value']} {button['text']}".lower()
            if re.search(r"\b(allow|authori[sz]e|agree|approve)\b", words) and "sign" not in words:
                chosen = {button["name"]: button["value"]} if button["name"] else {}
                return submit(browser, page, form, chosen)
    raise AssertionError(f"no way to agree on the consent page: {page.text}")


def code_on(page):
    """The code that the page shows to be copied."""
    found = re.search(r"<(?:input|output|code)\b[^>]*\bid=\"code\"[^>]*?(?:value=\"([^\"]+)\"[^>]*)?>([^<]*)", page.text)
    code = html.unescape((found.group(1) or found.group(2)).strip()) if found else ""
    assert re.fullmatch(r"[A-Za-z0-9_-]{20,}", code), f"no code on the page: {page.text}"
    return code


def sign_in(base, name, password):
    """Registers an application and signs in with the authorization code, shown on a page (out of band)."""
    client_id, client_secret = Mastodon.create_app("Journey", scopes=SCOPES, redirect_uris=OUT_OF_BAND, api_base_url=base)
    client = Mastodon(client_id=client_id, client_secret=client_secret, api_base_url=base, ratelimit_method="throw")
    url = client.auth_request_url(redirect_uris=OUT_OF_BAND, scopes=SCOPES, allow_http=True)
    code = code_on(consent(base, url, name, password))
    client.log_in(code=code, redirect_uri=OUT_OF_BAND, scopes=SCOPES, allow_http=True)
    me = client.account_verify_credentials()
    assert me.username == name and me.acct == name, me
    return client


def sign_in_with_pkce(base, name, password):
    """The same for an application with a redirect address and a proof key (RFC 7636), and the ways in which it must fail."""
    target = "https://app.example/done"
    client_id, client_secret = Mastodon.create_app("Prover", scopes=SCOPES, redirect_uris=target, api_base_url=base)
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {
        "client_id": client_id, "response_type": "code", "redirect_uri": target, "scope": " ".join(SCOPES),
        "state": "tide", "code_challenge": challenge, "code_challenge_method": "S256",
    }

    def code():
        url = requests.Request("GET", f"{base}/oauth/authorize", params=query).prepare().url
        try:
            page = consent(base, url, name, password)
        except requests.exceptions.RequestException as why:  # the browser is sent to a server that is not there
            found = parse_qs(urlsplit(why.request.url).query)
        else:
            raise AssertionError(f"not sent back to the application: {page.url}")
        assert found["state"] == ["tide"], found
        return found["code"][0]

    def exchange(code, verifier):
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": target,
            "client_id": client_id, "client_secret": client_secret,
        }
        return requests.post(f"{base}/oauth/token", data=form | ({"code_verifier": verifier} if verifier else {}), timeout=30)

    for wrong in (None, secrets.token_urlsafe(48)):
        refused = exchange(code(), wrong)
        assert refused.status_code == 400 and refused.json()["error"] == "invalid_grant", refused.text
    good = code()
    granted = exchange(good, verifier)
    assert granted.status_code == 200, granted.text
    token = granted.json()
    assert token["token_type"] == "Bearer" and set(token["scope"].split()) == set(SCOPES), token
    assert isinstance(token["created_at"], int), token
    client = Mastodon(access_token=token["access_token"], api_base_url=base, ratelimit_method="throw")
    assert client.account_verify_credentials().username == name
    again = exchange(good, verifier)
    assert again.status_code == 400, f"a code was exchanged twice: {again.text}"
    return client


def texts(timeline):
    return [status.content for status in timeline]


def at_home(client, marker):
    return next((status for status in client.timeline_home(limit=40) if marker in status.content), None)


def main(alpha, alice_name, beta, bob_name, carol_name, password):
    beta_domain = urlsplit(beta).netloc
    alice = sign_in(alpha, alice_name, password)
    bob = sign_in(beta, bob_name, password)
    carol = sign_in(beta, carol_name, password)
    sign_in_with_pkce(alpha, alice_name, password)
    sign_in_with_pkce(beta, bob_name, password)
    print("signed in on both servers, out of band and with PKCE")

    # Resolve and follow across.
    def resolve(name):
        found = alice.search_v2(f"@{name}@{beta_domain}", resolve=True).accounts
        assert [account.acct for account in found] == [f"{name}@{beta_domain}"], found
        return found[0]

    remote_bob, remote_carol = resolve(bob_name), resolve(carol_name)
    for account in (remote_bob, remote_carol):
        alice.account_follow(account)
        eventually("the follow stands", lambda: alice.account_relationships(account)[0].following)
    followers, _ = eventually("bob sees his follower", lambda: bob.account_followers(bob.me()))
    assert [account.username for account in followers] == [alice_name], followers
    told, _ = eventually("bob is told of his follower", lambda: bob.notifications(types=["follow"]))
    assert told[0].account.username == alice_name, told

    # A post arrives within a second, measured from the answer of the server that it was posted to.
    slowest = 0.0
    for number in range(5):
        marker = f"harbour-{number}-{secrets.token_hex(4)}"
        key = secrets.token_hex(16)
        posted = bob.status_post(f"{marker} <b>& co</b> #tides", idempotency_key=key)
        arrived, took = eventually("the post arrives", lambda: at_home(alice, marker))
        slowest = max(slowest, took)
        again = bob.status_post(f"{marker} <b>& co</b> #tides", idempotency_key=key)
        assert again.id == posted.id, "the same key made a second post"
        assert arrived.uri == posted.uri and arrived.visibility == "public", arrived
        assert arrived.account.acct == f"{bob_name}@{beta_domain}", arrived.account
        assert "&lt;b&gt;" in arrived.content and "<b>" not in arrived.content, arrived.content
        assert [tag.name for tag in arrived.tags] == ["tides"], arrived.tags
    print(f"a post arrives after at most {slowest * 1000:.0f} ms")
    assert slowest <= 1.0, f"a post needed {slowest:.3f} s"
    homes = texts(alice.timeline_home(limit=40))
    assert len(homes) == len(set(homes)) == 5, homes

    # The answer travels back, and bob, who is listening, need not ask for it.
    heard = Heard()
    assert bob.stream_healthy()
    listening = bob.stream_user(heard, run_async=True)
    eventually("bob listens", lambda: heard.beats > 0)
    answered = alice.status_post(f"@{bob_name}@{beta_domain} with the next tide", in_reply_to_id=arrived.id)
    mention, took = eventually(
        "bob is told of the answer",
        lambda: next((n for n in bob.notifications(types=["mention"]) if "next tide" in n.status.content), None),
    )
    print(f"the answer arrives after {took * 1000:.0f} ms")
    notification, took = eventually("bob hears of the answer", lambda: next(iter(heard.notifications), None))
    assert notification.id == mention.id and notification.status.content == mention.status.content, notification
    print(f"and is heard of after {took * 1000:.0f} ms more")
    assert mention.status.in_reply_to_id == posted.id, mention.status
    assert [account.acct for account in mention.status.mentions] == [bob_name], mention.status.mentions
    assert mention.status.uri == answered.uri
    threads = ((alice, arrived, answered), (bob, posted, mention.status))
    for client, parent, child in threads:
        below = client.status_context(parent).descendants
        assert [status.id for status in below] == [child.id], below
        above = client.status_context(child).ancestors
        assert [status.id for status in above] == [parent.id], above

    # An edit travels, with the version before.
    bob.status_update(posted.id, "the crane is mended")
    _, took = eventually("the edit arrives", lambda: "the crane is mended" in alice.status(arrived.id).content)
    print(f"an edit arrives after {took * 1000:.0f} ms")
    assert alice.status(arrived.id).edited_at is not None
    for client, status in ((alice, arrived), (bob, posted)):
        history = client.status_history(status.id)
        assert len(history) == 2, history
        assert marker in history[0].content and "crane is mended" in history[1].content, history
    alice.status_update(answered.id, f"@{bob_name}@{beta_domain} with the tide after next")
    eventually("the edited answer arrives", lambda: "tide after next" in bob.status(mention.status.id).content)
    own = bob.status_post("said while listening")
    update, _ = eventually("bob hears himself", lambda: next((s for s in heard.updates if s.id == own.id), None))
    assert update.uri == own.uri and "said while listening" in update.content, update
    bob.status_delete(own.id)
    eventually("bob hears that it is gone", lambda: own.id in [str(gone) for gone in heard.deletes])
    listening.close()

    # A deletion travels.
    alice.status_delete(answered.id)
    eventually("the answer goes", lambda: gone(bob, mention.status.id))
    assert bob.status_context(posted.id).descendants == []
    bob.status_delete(posted.id)
    _, took = eventually("the post goes", lambda: gone(alice, arrived.id))
    print(f"a deletion arrives after {took * 1000:.0f} ms")
    assert at_home(alice, "the crane is mended") is None

    # Unfollowing stops it. Carol's later post, which must arrive, shows that bob's had its time.
    alice.account_unfollow(remote_bob)
    assert alice.account_relationships(remote_bob)[0].following is False
    eventually("bob loses his follower", lambda: not bob.account_followers(bob.me()))
    bob.status_post("nobody hears this")
    carol.status_post("everybody hears this")
    eventually("carol's post arrives", lambda: at_home(alice, "everybody hears this"))
    assert at_home(alice, "nobody hears this") is None
    print("unfollowing stops it")


class Heard(StreamListener):
    """What came by a stream."""

    def __init__(self):
        self.updates, self.notifications, self.deletes, self.beats = [], [], [], 0

    def on_update(self, status):
        self.updates.append(status)

    def on_notification(self, notification):
        self.notifications.append(notification)

    def on_delete(self, status_id):
        self.deletes.append(status_id)

    def handle_heartbeat(self):
        self.beats += 1


def gone(client, status_id):
    try:
        client.status(status_id)
    except MastodonNotFoundError:
        return True
    return False


if __name__ == "__main__":
    main(*sys.argv[1:])
