"""Two Kontors and a real Lemmy, each with people and a community: what is done at one is looked for at the others.

Usage: run.py LEMMY KA KB TOKENS

LEMMY, KA and KB are the addresses of the servers (http://name:port), TOKENS is a folder with a token of ann and mod, who are at KA, and of
ben, who is at KB. At KA is the community garden, of ann's. `scripts/lemmy` sets all this up. Prints a line for each thing that must
come true, and ends with 1 if one of them did not within half a minute.
"""

import json
import pathlib
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

PASSWORD = "lemmylemmy"
# What Lemmy says to a host in the first seconds after it heard of it for the first time is never sent.
SIGHT = 10
PATIENCE = 30


# What was refused: said once, for things are looked for again and again.
refusals = set()


class Server:
    def __init__(self, base, token=None):
        self.base, self.token = base.rstrip("/"), token
        self.host = self.base.split("//")[1]

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        request.add_header("content-type", "application/json")
        if self.token:
            request.add_header("authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as why:
            said = f"      {method} {self.base}{path}: {why.code} {why.read().decode(errors='replace')[:200]}"
            if said not in refusals:
                print(said)
                refusals.add(said)
            return {}

    def get(self, path, **query):
        return self.ask("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def post(self, path, body=None):
        return self.ask("POST", path, {} if body is None else body)

    def put(self, path, body):
        return self.ask("PUT", path, body)

    def delete(self, path, body=None):
        return self.ask("DELETE", path, body)


class Kontor(Server):
    """Somebody at a Kontor."""

    def find(self, what):
        look = lambda: self.get("/api/v2/search", q=what, resolve="true")["accounts"][0]
        return until(f"{self.host} finds {what}", look)["id"]

    def shown(self, group, words):
        """A thread that the community shows here."""
        for boost in self.get(f"/api/v1/accounts/{group}/statuses", limit=40):
            post = boost.get("reblog")
            if post and words in post["content"]:
                return post
        return None

    def under(self, post, words):
        found = self.get(f"/api/v1/statuses/{post}/context")["descendants"]
        return next((answer for answer in found if words in answer["content"]), None)

    def says(self, text, **more):
        return self.post("/api/v1/statuses", {"status": text, **more})

    def status(self, post):
        return self.get(f"/api/v1/statuses/{post}")

    def is_banned(self, group):
        return self.get(f"/api/kontor/v1/communities/{group}")["banned"]

    def may_say(self, text, **more):
        return "id" in self.says(text, **more)

    def moderates(self, group, post, deed):
        path = f"/api/kontor/v1/communities/{group}/posts/{post}/{deed}"
        return self.post(path, {"reason": "because"})


class Lemmy(Server):
    """Somebody at Lemmy."""

    def sign(self, name, way):
        body = {"username": name, "password": PASSWORD, "password_verify": PASSWORD}
        if way == "login":
            body = {"username_or_email": name, "password": PASSWORD}
        return Lemmy(self.base, self.post(f"/api/v4/account/auth/{way}", body)["jwt"])

    def resolve(self, what):
        return self.get("/api/v4/resolve_object", q=what)

    def thread(self, title):
        found = self.get("/api/v4/post/list", type_="all", sort="new", limit=50)["items"]
        return next((item for item in found if title in item["post"]["name"]), None)

    def comment(self, post, text):
        found = self.get("/api/v4/comment/list", type_="all", sort="new", limit=50, post_id=post)["items"]
        return next((item for item in found if text in item["comment"]["content"]), None)

    def view(self, post):
        return self.get("/api/v4/post", id=post)["post_view"]

    def does(self, path, **body):
        return self.post(f"/api/v4/{path}", body)

    def votes(self, post, way):
        """Up (True), down (False), or not at all (None)."""
        return self.does("post/like", post_id=post, is_upvote=way)


failed = []


def until(what, look):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            seen = look()
        except (KeyError, IndexError, TypeError):
            seen = None
        if seen:
            print(f"ok    {what}")
            return seen
        time.sleep(0.5)
    print(f"FAIL  {what}")
    failed.append(what)
    return None


def in_garden(lemmy, root, lea, max_, ann, mod, ben, garden_there):
    """The community is at a Kontor; Lemmy and the other Kontor have members."""
    home = f"@garden@{ann.host}"
    lea.does("community/follow", community_id=garden_there, follow=True)
    joined = lambda: lea.get("/api/v4/community", id=garden_there)["community_view"]["community_actions"]["follow_state"]
    until("lea is a member of garden", lambda: joined() == "accepted")
    garden_b = ben.find(home)
    ben.post(f"/api/v1/accounts/{garden_b}/follow")
    garden = ann.get("/api/kontor/v1/communities")[0]["id"]
    ann.post(f"/api/kontor/v1/communities/{garden}/moderators", {"account_id": ann.find(f"@mod@{ann.host}")})
    time.sleep(3)

    thread = lea.does("post", name="Tomatoes", community_id=garden_there, body="sow **early**")["post_view"]["post"]["id"]
    at_a = until("ann sees lea's post", lambda: ann.shown(garden, "early"))["id"]
    at_b = until("ben sees lea's post, passed on", lambda: ben.shown(garden_b, "early"))["id"]
    until("lea's post is no longer pending", lambda: not lea.view(thread)["post"]["federation_pending"])
    comment = lea.does("comment", content="not in March", post_id=thread)["comment_view"]["comment"]["id"]
    heard = until("ann sees lea's comment", lambda: ann.under(at_a, "March"))
    ann.says("why not?", in_reply_to_id=heard["id"])
    until("lea sees ann's answer", lambda: root.comment(thread, "why not"))
    ben.says("frost, perhaps", in_reply_to_id=at_b)
    until("lea sees ben's answer", lambda: root.comment(thread, "frost"))
    ben.post(f"/api/v1/statuses/{at_b}/favourite")
    until("ben's vote is counted at Lemmy", lambda: lea.view(thread)["post"]["upvotes"] == 2)
    ben.post(f"/api/v1/statuses/{at_b}/unfavourite")
    until("ben's vote is taken back at Lemmy", lambda: lea.view(thread)["post"]["upvotes"] == 1)
    lea.put("/api/v4/post", {"post_id": thread, "body": "sow **later**"})
    until("lea's edit is at ann's", lambda: ann.shown(garden, "later"))
    until("lea's edit is at ben's", lambda: ben.shown(garden_b, "later"))
    for who, name in ((ann, "ann"), (ben, "ben")):
        who.says(f"{home} {name} with a title", title=f"Beans of {name}")
        who.says(f"{home} {name} without any title at all")
    for name in ("ann", "ben"):
        until(f"{name}'s thread with a title is at Lemmy", lambda: root.thread(f"Beans of {name}"))
        until(f"{name}'s thread without a title is at Lemmy", lambda: root.thread(f"{name} without any title"))
    lea.delete("/api/v4/comment", {"comment_id": comment, "deleted": True})
    until("lea's comment is gone at ann's", lambda: not ann.under(at_a, "March"))
    lea.delete("/api/v4/comment", {"comment_id": comment, "deleted": False})
    until("lea's comment is back at ann's", lambda: ann.under(at_a, "March"))
    seen = lambda name: root.view(thread)["post"][name]
    for deed, field, value in (
        ("lock", "locked", True),
        ("unlock", "locked", False),
        ("pin", "featured_community", True),
        ("unpin", "featured_community", False),
        ("remove", "removed", True),
        ("restore", "removed", False),
    ):
        mod.moderates(garden, at_a, deed)
        until(f"a moderator's {deed} is at Lemmy", lambda: seen(field) == value)
    bans = f"/api/kontor/v1/communities/{garden}/bans"
    lea_a = ann.find(f"@lea@{lemmy.host}")
    mod.post(bans, {"account_id": lea_a, "reason": "spam", "remove_posts": True})
    banned = lambda: root.view(thread)["creator_banned_from_community"]
    until("lea is banned at Lemmy", banned)
    until("her post is removed there", lambda: seen("removed"))
    mod.delete(f"{bans}/{lea_a}", {"reason": "enough"})
    until("lea is let in again", lambda: not banned())
    mod.moderates(garden, at_a, "restore")
    until("her thread is back at Lemmy", lambda: not seen("removed"))
    until("her thread is back at ben's", lambda: ben.shown(garden_b, "later"))
    beans = root.thread("Beans of ann")["post"]["id"]
    beans_a = until("ann has the beans", lambda: ann.shown(garden, "ann with a title"))["id"]
    counts = lambda: [ann.status(beans_a)["favourites_count"], ben.shown(garden_b, "ann with a title")["favourites_count"]]
    for way, count in ((True, 1), (False, 0), (True, 1), (None, 0)):
        lea.votes(beans, way)
        until(f"lea's vote for the beans, {way}, is at both Kontors", lambda: counts() == [count, count])
    until("and at Lemmy", lambda: lea.view(beans)["post"]["upvotes"] == 1)
    frost = until("ben finds his answer", lambda: ben.under(at_b, "frost"))
    ben.put(f"/api/v1/statuses/{frost['id']}", {"status": "hail, perhaps"})
    until("ben's edit is at Lemmy", lambda: root.comment(thread, "hail"))
    ben.delete(f"/api/v1/statuses/{frost['id']}")
    until("ben's deletion is at Lemmy", lambda: root.comment(thread, "hail")["comment"]["deleted"])
    max_.does("community/follow", community_id=garden_there, follow=True)
    until("max is a member", lambda: max_.get("/api/v4/community", id=garden_there)["community_view"]["community_actions"]["follow_state"] == "accepted")
    ann.post(f"/api/kontor/v1/communities/{garden}/moderators", {"account_id": ann.find(f"@max@{lemmy.host}")})
    until("max looks after garden", lambda: "max" in json.dumps(root.get("/api/v4/community", id=garden_there)["moderators"]))
    in_thread = lambda name: [who.status(post)["community"][name] for who, post in ((ann, at_a), (ben, at_b))]
    for locked in (True, False):
        max_.does("post/lock", post_id=thread, locked=locked, reason="because")
        until(f"max's lock, {locked}, is at both Kontors", lambda: in_thread("locked") == [locked, locked])
    standing = lambda: [bool(ann.shown(garden, "later")), bool(ben.shown(garden_b, "later"))]
    for removed in (True, False):
        max_.does("post/remove", post_id=thread, removed=removed, remove_children=removed, reason="because")
        until(f"max's removal, {removed}, is at both Kontors", lambda: standing() == [not removed, not removed])
    for ban in (True, False):
        whom = root.resolve(f"@ben@{ben.host}")["person"]["id"]
        max_.does("community/ban_user", community_id=garden_there, person_id=whom, ban=ban, remove_or_restore_data=False, reason="spam")
        until(f"ben is banned: {ban}, at ann's", lambda: ("ben" in json.dumps(ann.get(bans))) == ban)
        until(f"ben is banned: {ban}, at his own", lambda: ben.is_banned(garden_b) == ban)
        until(f"ben posts in garden: {not ban}", lambda: ben.may_say(f"{home} again, {ban}") != ban)
    until("what he posts then is at Lemmy", lambda: root.thread("again, False"))
    until("and what he could not is not", lambda: root.thread("again, True") is None)
    lea.does("post/report", post_id=beans, reason="off topic")
    reports = lambda: json.dumps(mod.get(f"/api/kontor/v1/communities/{garden}/reports"))
    until("lea's report reaches the moderators", lambda: "off topic" in reports())
    members = lambda: json.dumps(ann.get(f"/api/kontor/v1/communities/{garden}/members"))
    # Her ban ended what she was, and Lemmy does not know it.
    lea.does("community/follow", community_id=garden_there, follow=False)
    lea.does("community/follow", community_id=garden_there, follow=True)
    until("lea is among the members again", lambda: "lea" in members())
    lea.does("community/follow", community_id=garden_there, follow=False)
    until("lea has left", lambda: "lea" not in members())


def in_forum(lemmy, root, lea, max_, ann, ben):
    """The community is at Lemmy; both Kontors have members."""
    made = root.does("community", name="forum", title="Forum", sidebar="about", visibility="public")
    forum = made["community_view"]["community"]["id"]
    there = f"@forum@{lemmy.host}"
    forum_a, forum_b = ann.find(there), ben.find(there)
    time.sleep(SIGHT)
    for who, group in ((ann, forum_a), (ben, forum_b)):
        who.post(f"/api/v1/accounts/{group}/follow")
        until(f"{who.host} follows forum", lambda: who.ask("GET", f"/api/v1/accounts/relationships?id[]={group}")[0]["following"])
    time.sleep(3)
    greeting = ann.says(f"{there} hello there", title="Greeting")["id"]
    plain = ann.says(f"{there} a thread of one line\n\nand more below")["id"]
    thread = until("ann's thread with a title is at Lemmy", lambda: root.thread("Greeting"))["post"]["id"]
    until("ann's thread without a title is at Lemmy", lambda: root.thread("a thread of one line"))
    at_b = until("ben sees the first, passed on", lambda: ben.shown(forum_b, "hello there"))
    until("ben sees the second, passed on", lambda: ben.shown(forum_b, "thread of one line"))
    max_.does("comment", content=f"welcome, @ann@{ann.host}", post_id=thread)
    welcome = until("ben sees max's comment", lambda: ben.under(at_b["id"], "welcome"))
    until("ann is told of it", lambda: "welcome" in json.dumps(ann.get("/api/v1/notifications")))
    ben.says("me too", in_reply_to_id=welcome["id"])
    until("ben's answer is at Lemmy", lambda: root.comment(thread, "me too"))
    ben.post(f"/api/v1/statuses/{at_b['id']}/favourite")
    until("ben's vote counts at Lemmy", lambda: root.view(thread)["post"]["upvotes"] == 2)
    max_.does("post/like", post_id=thread, is_upvote=True)
    until("max's vote counts at ben's", lambda: ben.status(at_b["id"])["favourites_count"] == 2)
    max_.does("post/like", post_id=thread, is_upvote=False)
    until("max turned it down at ben's", lambda: ben.status(at_b["id"])["favourites_count"] == 1)
    max_.does("post/like", post_id=thread, is_upvote=True)
    until("max turned it up again at ben's", lambda: ben.status(at_b["id"])["favourites_count"] == 2)
    said = root.comment(thread, "welcome")["comment"]["id"]
    max_.put("/api/v4/comment", {"comment_id": said, "content": f"welcome and hello, @ann@{ann.host}"})
    until("max's edit is at ben's", lambda: ben.under(at_b["id"], "welcome and hello"))
    until("max's edit is at ann's", lambda: ann.under(greeting, "welcome and hello"))
    ann.put(f"/api/v1/statuses/{plain}", {"status": f"{there} a thread of one other line"})
    until("ann's edit is at Lemmy", lambda: root.thread("one other line"))
    until("ann's edit is at ben's", lambda: ben.shown(forum_b, "one other line"))
    locked = lambda: [who.status(post)["community"]["locked"] for who, post in ((ann, greeting), (ben, at_b["id"]))]
    shown = lambda: [bool(ann.shown(forum_a, "hello there")), bool(ben.shown(forum_b, "hello there"))]
    for path, body, look in (
        ("lock", {"locked": True}, lambda: locked() == [True, True]),
        ("lock", {"locked": False}, lambda: locked() == [False, False]),
        ("remove", {"removed": True, "remove_children": True}, lambda: shown() == [False, False]),
        # `true` would remove it again, whatever `removed` says.
        ("remove", {"removed": False, "remove_children": False}, lambda: shown() == [True, True]),
    ):
        root.does(f"post/{path}", post_id=thread, reason="because", **body)
        until(f"Lemmy's {path} {body} is at both Kontors", look)
    # That its answers are back too Lemmy does not say.
    comment = root.comment(thread, "welcome")["comment"]["id"]
    root.does("comment/remove", comment_id=comment, removed=False, reason="because")
    until("max's comment is back as well", lambda: ben.under(at_b["id"], "welcome"))
    report = {"account_id": at_b["account"]["id"], "status_ids": [at_b["id"]], "comment": "rude", "forward": True}
    ben.post("/api/v1/reports", report)
    reports = lambda: json.dumps(root.get("/api/v4/report/list", unresolved_only="false"))
    until("ben's report is at Lemmy", lambda: "rude" in reports())
    person = lambda handle: root.resolve(handle)["person"]["id"]
    for ban in (True, False):
        whom = person(f"@max@{lemmy.host}")
        root.does("community/ban_user", community_id=forum, person_id=whom, ban=ban, remove_or_restore_data=True, reason="spam")
        until(f"max's comment at ben's, banned: {ban}", lambda: bool(ben.under(at_b["id"], "welcome")) != ban)
    for ban in (True, False):
        whom = person(f"@ann@{ann.host}")
        root.does("community/ban_user", community_id=forum, person_id=whom, ban=ban, remove_or_restore_data=False, reason="spam")
        until(f"ann is banned: {ban}, at her own", lambda: ann.is_banned(forum_a) == ban)
        until(f"ann posts in forum: {not ban}", lambda: ann.may_say(f"{there} once more, {ban}") != ban)
    until("what she posts then is at Lemmy", lambda: root.thread("once more, False"))
    root.does("community/mod", community_id=forum, person_id=person(f"@ben@{ben.host}"), added=True)
    until("ben looks after forum", lambda: ben.get(f"/api/kontor/v1/communities/{forum_b}")["role"] == "moderator")
    second = until("ben finds the second thread", lambda: ben.shown(forum_b, "one other line"))
    ben.moderates(forum_b, second["id"], "lock")
    until("ben's lock is at Lemmy", lambda: root.thread("one other line")["post"]["locked"])
    view = lambda: root.view(thread)["post"]
    for deed, field, value in (
        ("pin", "featured_community", True),
        ("unpin", "featured_community", False),
        ("remove", "removed", True),
        ("restore", "removed", False),
    ):
        ben.moderates(forum_b, at_b["id"], deed)
        until(f"ben's {deed} is at Lemmy", lambda: view()[field] == value)
    max_b = ben.find(f"@max@{lemmy.host}")
    bans = f"/api/kontor/v1/communities/{forum_b}/bans"
    banned = lambda: root.comment(thread, "welcome")["creator_banned_from_community"]
    ben.post(bans, {"account_id": max_b, "reason": "spam"})
    until("max is banned at Lemmy, by ben", banned)
    ben.delete(f"{bans}/{max_b}", {"reason": "enough"})
    until("max is let in again", lambda: not banned())
    ann.delete(f"/api/v1/statuses/{plain}")
    until("ann's deletion is at Lemmy", lambda: root.thread("one other line") is None)
    assert greeting
    lea.does("private_message", content="psst", recipient_id=person(f"@ann@{ann.host}"))
    until("ann has lea's message", lambda: "psst" in json.dumps(ann.get("/api/v1/conversations")))
    ann.says(f"@lea@{lemmy.host} psst yourself", visibility="direct")
    inbox = lambda: json.dumps(lea.get("/api/v4/account/notification/list", unread_only="false"))
    until("lea has ann's message", lambda: "yourself" in inbox())
    follows = lambda: root.get("/api/v4/community", id=forum)["community_view"]["community"]["subscribers"]
    before = follows()
    ben.post(f"/api/v1/accounts/{forum_b}/unfollow")
    until("ben has left forum, at Lemmy", lambda: follows() == before - 1)
    lea.delete("/api/v4/account", {"password": PASSWORD, "delete_content": True})
    until("lea is gone at ann's", lambda: not ann.get("/api/v2/search", q=f"@lea@{lemmy.host}")["accounts"])


def namesakes(lemmy, root, ann):
    """Lemmy has a person and a community of one name."""
    lemmy.sign("kim", "register")
    root.does("community", name="kim", title="Of Kim", sidebar="about", visibility="public")
    group, person = ann.find(f"!kim@{lemmy.host}"), ann.find(f"@kim@{lemmy.host}")
    is_group = lambda account: ann.get(f"/api/v1/accounts/{account}")["group"]
    until("!kim is the community", lambda: is_group(group))
    until("@kim is the person", lambda: not is_group(person))
    for whom in (group, person):
        ann.post(f"/api/v1/accounts/{whom}/follow")
        until("ann follows it", lambda: ann.ask("GET", f"/api/v1/accounts/relationships?id[]={whom}")[0]["following"])


def main(at_lemmy, at_ka, at_kb, tokens):
    token = lambda name: pathlib.Path(tokens, name).read_text().strip()
    ann, mod, ben = Kontor(at_ka, token("ann")), Kontor(at_ka, token("mod")), Kontor(at_kb, token("ben"))
    lemmy = Lemmy(at_lemmy)
    root = lemmy.sign("root", "login")
    limits = {f"rate_limit_{kind}_max_requests": 9999 for kind in ("message", "post", "comment", "register", "search")}
    root.put("/api/v4/site", {"registration_mode": "open", **limits})
    lea, max_ = lemmy.sign("lea", "register"), lemmy.sign("max", "register")
    garden = lea.resolve(f"!garden@{ann.host}")["community"]["id"]
    lea.resolve(f"@ben@{ben.host}")
    lea.resolve(f"@mod@{ann.host}")
    time.sleep(SIGHT)
    in_garden(lemmy, root, lea, max_, ann, mod, ben, garden)
    namesakes(lemmy, root, ann)
    in_forum(lemmy, root, lea, max_, ann, ben)
    print(f"{len(failed)} of what must come true did not")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main(*sys.argv[1:])
