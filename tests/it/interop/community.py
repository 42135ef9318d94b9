"""A community as somebody meets it who has nothing but a client library for Mastodon: Mastodon.py.

Usage: community.py HOME_BASE OWNER NEAR_BASE MEMBER HANDLE CLOSED PASSWORD

OWNER is on the first server, where the communities HANDLE (name@host) and CLOSED are, of which the second approves its members; MEMBER is
on the second. Nothing but the operations of Mastodon's API is called, but for the owner's who lets somebody in. Prints what it did; ends
with an exception when something is not as it must be.
"""

import base64
import sys

import requests

from journey import eventually, sign_in

# One pixel.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def words(status):
    return status.content if status.reblog is None else status.reblog.content


def find(statuses, text):
    return next((status for status in statuses if text in words(status)), None)


def resolve(client, handle):
    found = client.search_v2(f"@{handle}", resolve=True, result_type="accounts").accounts
    return next(account for account in found if account.acct == handle)


def shares_a_picture(ann, here, ben, handle):
    picture = ben.media_post(PICTURE, mime_type="image/png", description="a carrot", synchronous=True)
    ben.status_post(f"@{handle} Mine came out forked.", media_ids=[picture], visibility="public")
    shown, _ = eventually("the post is shown", lambda: find(ann.account_statuses(here), "came out forked"))
    files = shown.reblog.media_attachments
    assert [(file.type, file.description) for file in files] == [("image", "a carrot")], files
    eventually("the picture can be looked at", lambda: requests.get(files[0].url, timeout=30).status_code == 200)


def is_let_in(home_base, ann, ben, handle):
    """Asks to join a community that approves its members, is let in by its owner, and reads and answers."""
    den, here = resolve(ben, handle), ann.account_lookup(handle.split("@")[0])
    relation = ben.account_follow(den)
    assert relation.requested and not relation.following, relation
    path = f"{home_base}/api/kontor/v1/communities/{here.id}/requests"
    headers = {"Authorization": f"Bearer {ann.access_token}"}
    waiting, _ = eventually("the owner sees who asks", lambda: requests.get(path, headers=headers, timeout=30).json())
    assert [account["username"] for account in waiting] == [ben.me().username], waiting
    relation = ben.account_relationships(den)[0]
    assert relation.requested and not relation.following, relation
    let_in = requests.post(f"{path}/{waiting[0]['id']}/authorize", headers=headers, timeout=30)
    assert let_in.status_code == 200, let_in.text
    eventually("the community lets its member in", lambda: ben.account_relationships(den)[0].following)

    told = ann.status_post(f"@{here.username} The key is under the pot.", visibility="public")
    assert told.visibility == "private", told
    seen, _ = eventually("the member reads it", lambda: find(ben.timeline_home(), "under the pot"))
    thread = seen.reblog or seen
    assert thread.visibility == "private", thread
    ben.status_reply(thread, "I have it.")
    eventually("the answer comes", lambda: find(ann.status_context(told).descendants, "I have it"))


def main(home_base, owner, near_base, member, handle, closed, password):
    ann, ben = sign_in(home_base, owner, password), sign_in(near_base, member, password)
    name = handle.split("@")[0]

    garden = resolve(ben, handle)
    assert garden.group, garden
    here = ann.account_lookup(name)
    print(f"{member} found {handle}")

    ben.account_follow(garden)
    eventually("the community lets its member in", lambda: ben.account_relationships(garden)[0].following)
    garden_list = ben.list_create("places")
    ben.list_accounts_add(garden_list, [garden])
    print(f"{member} joined, and put it in a list")

    asked = ben.status_post(f"@{handle} Which soil for carrots?\nMine is clay.", visibility="public")
    shown, took = eventually("the community shows the thread", lambda: find(ann.account_statuses(here), "Mine is clay"))
    thread = shown.reblog
    assert thread is not None and thread.account.acct.split("@")[0] == member, shown
    eventually("it is at the owner's home", lambda: find(ann.timeline_home(), "Mine is clay"))
    print(f"the thread was there after {took:.2f} s")

    answer = ann.status_reply(thread, "Sand, and patience.")
    eventually(
        "the answer comes back",
        lambda: find(ben.status_context(asked).descendants, "Sand, and patience"),
    )
    heard = find(ben.status_context(asked).descendants, "Sand, and patience")
    ben.status_favourite(heard)
    eventually("the vote is counted", lambda: ann.status(answer).favourites_count == 1)
    ben.status_unfavourite(heard)
    eventually("the vote is taken back", lambda: ann.status(answer).favourites_count == 0)

    poll = ann.make_poll(["clay", "sand"], expires_in=3600)
    ann.status_post(f"@{name} Which is yours?", poll=poll, visibility="public")
    seen, _ = eventually("the poll comes", lambda: find(ben.timeline_home(), "Which is yours?"))
    question = seen.reblog or seen
    ben.poll_vote(question.poll, 0)
    mine = find(ann.account_statuses(here), "Which is yours?").reblog
    eventually("the vote in the poll is counted", lambda: ann.status(mine).poll.votes_count == 1)

    ben.status_reblog(question)
    eventually("the boost is counted", lambda: ann.status(mine).reblogs_count == 2)

    listed, _ = eventually("the list shows what is posted there", lambda: find(ben.timeline_list(garden_list), "Which is yours?"))
    assert listed.account.acct == handle or listed.reblog is None, listed.account.acct
    print("answers, votes, polls and boosts crossed")

    shares_a_picture(ann, here, ben, handle)
    is_let_in(home_base, ann, ben, closed)
    print(f"a picture crossed, and {member} was let into {closed}")

    ben.account_unfollow(garden)
    assert not ben.account_relationships(garden)[0].following
    eventually("the member has left", lambda: ann.account(here).followers_count == 1)
    print(f"{member} left")


if __name__ == "__main__":
    main(*sys.argv[1:])
