"""What people do with toot, the command line client, each by its own command. Filters, edits and streams it has none of.

Usage: tooting.py BASE ALICE BOB PASSWORD. Both are on the server; prints what went well, and ends with an exception otherwise.
"""

import json
import os
import sys
import tempfile
from urllib.parse import urlsplit

import journey

os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="kontor-toot-")

import click  # noqa: E402 (where it keeps its tokens is said before it is read)
from click.testing import CliRunner  # noqa: E402
from toot.cli import cli  # noqa: E402
from toot.cli import auth  # noqa: E402


def run(*arguments, by=None):
    """One command. Returns what it printed."""
    whole = (["--as", by] if by else []) + [str(argument) for argument in arguments]
    done = CliRunner().invoke(cli, whole, obj=None)
    if done.exit_code != 0:
        raise AssertionError(f"toot {' '.join(whole)}: {done.output}") from done.exception
    return done.output


def read(*arguments, by=None):
    return json.loads(run(*arguments, "--json", by=by))


def sign_in(base, name, password):
    """The browser that it opens is ours; the code that the page shows is typed in."""
    shown = {}

    def opens(url):
        shown["code"] = journey.code_on(journey.consent(base, url, name, password))

    auth.webbrowser.open = opens
    asked = click.prompt
    click.prompt = lambda text, **_: shown["code"] if "code" in text else "Y"
    try:
        assert "Successfully logged in" in run("login", "--instance", base)
    finally:
        click.prompt = asked
    return f"{name}@{urlsplit(base).netloc}"


def main(base, alice_name, bob_name, password):
    alice, bob = (sign_in(base, name, password) for name in (alice_name, bob_name))
    assert alice_name in run("whoami", by=alice)
    run("follow", bob_name, by=alice)
    assert [one["acct"] for one in read("following", alice_name, by=alice)] == [bob_name]
    assert [one["acct"] for one in read("followers", bob_name, by=bob)] == [alice_name]
    print("signed in by the pages, and followed")

    with tempfile.NamedTemporaryFile(suffix=".png") as file, tempfile.NamedTemporaryFile(suffix=".png") as small:
        for one, side in ((file, 64), (small, 16)):
            one.write(journey.picture(side))
            one.flush()
        carries = ("--media", file.name, "--description", "Grey", "--thumbnail", small.name)
        post = read("post", "the crane #tides", *carries, "--visibility", "public", by=bob)
    shown = post["media_attachments"][0]
    assert (shown["description"], shown["meta"]["small"]["width"]) == ("Grey", 16), post
    poll = read("post", "which?", "--poll-option", "north", "--poll-option", "south", "--poll-expires-in", "1 hour", by=bob)
    voted = read("polls", "vote", poll["poll"]["id"], "0", by=alice)
    assert (voted["voted"], voted["own_votes"]) == (True, [0]), voted
    answer = read("post", f"@{bob_name} well done", "--reply-to", post["id"], by=alice)
    for act in ("favourite", "reblog", "bookmark"):
        run(act, post["id"], by=alice)
    print("posted with a picture and a poll, voted, answered, marked")

    def home(*arguments):
        return read("timelines", "home", "--no-pager", *arguments, by=alice)

    seen, _ = journey.eventually("the home timeline", lambda: [one for one in home() if one["id"] == poll["id"]] and home())
    texts = [one["content"] for one in seen]
    assert len(texts) == len(set(one["id"] for one in seen)), texts
    first = home("--limit", 1)
    assert len(first) == 1, first
    second = home("--limit", 1, "--max-id", first[0]["id"])
    assert len(second) == 1 and int(second[0]["id"]) < int(first[0]["id"]), second
    tagged = read("timelines", "tag", "tides", "--no-pager", by=alice)
    assert [one["id"] for one in tagged] == [post["id"]], tagged
    thread = read("thread", answer["id"], by=alice)
    assert [one["id"] for one in thread["ancestors"]] == [post["id"]], thread
    told, _ = journey.eventually(
        "bob is told of all",
        lambda: (lambda all: len({one["type"] for one in all} & {"mention", "favourite", "reblog", "follow"}) == 4 and all)(
            read("notifications", by=bob)
        ),
    )
    assert {one["account"]["acct"] for one in told} == {alice_name}, told
    found = read("search", "crane", by=alice)
    assert post["id"] in [one["id"] for one in found["statuses"]], found
    print("read timelines by pages, a thread and notifications, and found a word")

    made = read("lists", "create", "harbour", by=alice)
    run("lists", "add", "harbour", bob_name, by=alice)
    assert [one["acct"] for one in read("lists", "accounts", "harbour", by=alice)] == [bob_name]
    later = read("post", "for the list", by=bob)
    journey.eventually(
        "the list",
        lambda: later["id"] in [one["id"] for one in read("timelines", "list", made["title"], "--no-pager", by=alice)],
    )
    run("delete", later["id"], by=bob)
    assert later["id"] not in [one["id"] for one in home()]
    run("lists", "delete", "harbour", by=alice)
    assert read("lists", "list", by=alice) == []
    run("unfollow", bob_name, by=alice)
    print("made and filled a list, deleted a post, unfollowed")


if __name__ == "__main__":
    main(*sys.argv[1:])
