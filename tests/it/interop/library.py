"""What clients on Mastodon.py do: two people on one server, from signing in to deleting. A post between servers is in journey.py.

Usage: library.py BASE ALICE BOB PASSWORD. Prints what went well, and ends with an exception when something is not as it must be.
"""

import sys

import journey
from journey import Heard, eventually


def ids(things):
    return [thing.id for thing in things]


def heard_of(heard, status):
    return eventually("alice hears of the post", lambda: next((one for one in heard.updates if one.id == status.id), None))[0]


def posts(alice, bob, heard):
    """With a picture that has a small one of its own, and with a poll; both are edited."""
    media = bob.media_post(
        journey.picture(64), "image/png", description="Grey", focus=(0.5, 0.0),
        thumbnail=journey.picture(16), thumbnail_mime_type="image/png",
    )
    assert (media.description, media.meta.focus.x, media.meta.small.width) == ("Grey", 0.5, 16), media
    media = bob.media_update(media, description="Dove", thumbnail=journey.picture(8), thumbnail_mime_type="image/png")
    assert (media.description, media.meta.original.width, media.meta.small.width) == ("Dove", 64, 8), media
    post = bob.status_post("the crane #masts", media_ids=[media], visibility="public")
    assert post.media_attachments[0].description == "Dove", post
    assert heard_of(heard, post).content == post.content
    asked = bob.status_post("which?", poll=bob.make_poll(["north", "south"], expires_in=600))
    voted = alice.poll_vote(asked.poll, 1)
    assert (voted.voted, voted.own_votes, voted.options[1].votes_count) == (True, [1], 1), voted
    assert bob.poll(asked.poll).votes_count == 1
    edited = bob.status_update(post.id, "the crane is mended #masts", media_ids=[media])
    assert edited.edited_at is not None and len(edited.media_attachments) == 1, edited
    assert len(alice.status_history(post.id)) == 2
    assert bob.status_source(post.id).text == "the crane is mended #masts"
    # What is not said of a poll is that it goes.
    assert bob.status_update(asked.id, "never mind").poll is None
    print("posted with a picture and a poll, voted, edited, and heard of it")
    return post


def notifications(alice, bob, post):
    answer = alice.status_reply(post, "well done")
    assert alice.status_favourite(post).favourites_count == 1
    assert alice.status_reblog(post).reblog.reblogged
    assert alice.status_bookmark(post).bookmarked
    assert ids(alice.bookmarks()) == ids(alice.favourites()) == [post.id]
    kinds = {"follow", "mention", "favourite", "reblog"}
    told, _ = eventually("bob is told", lambda: (lambda all: {one.type for one in all} >= kinds and all)(bob.notifications()))
    first = bob.notifications(limit=2)
    pages = bob.fetch_remaining(first)
    assert ids(pages) == ids(told) and len(first) == 2, pages
    groups = bob.grouped_notifications(grouped_types=["favourite", "reblog"]).notification_groups
    assert {group.type for group in groups} == kinds, groups
    assert ids(alice.status_context(post).descendants) == [answer.id]
    print("answered, marked, and read notifications by pages and in groups")


def timelines(alice, bob, him, post):
    for number in range(5):
        bob.status_post(f"page {number}")
    seen = ids(alice.fetch_remaining(alice.account_statuses(him, limit=2)))
    assert len(seen) == len(set(seen)) == 7, seen
    def home():
        whole = alice.timeline_home(limit=40)
        return len(whole) >= 8 and any("page 4" in one.content for one in whole) and whole

    whole, _ = eventually("the home timeline", home)
    by_pages = ids(alice.fetch_remaining(alice.timeline_home(limit=3)))
    assert by_pages == ids(whole) and len(by_pages) == len(set(by_pages)), by_pages
    first = alice.timeline_home(limit=3)
    back = alice.fetch_previous(alice.fetch_next(first))
    assert ids(back) == ids(first), back
    assert ids(alice.timeline_hashtag("masts")) == [post.id]
    found = alice.search_v2("mended", result_type="statuses").statuses
    assert ids(found) == [post.id], found
    print("read timelines by pages, forth and back, and found a word")


def lists_and_filters(alice, bob, him, heard):
    harbour = alice.list_create("harbour")
    alice.list_accounts_add(harbour, [him])
    assert ids(alice.list_accounts(harbour)) == [him.id]
    assert alice.list_update(harbour, "quay").title == "quay"
    boats = alice.create_filter_v2("boats", ["home"], "warn", keywords_attributes=[{"keyword": "boat", "whole_word": True}])
    assert ids(alice.filters_v2()) == [boats.id]
    boat = bob.status_post("a boat")
    assert heard_of(heard, boat).filtered[0].keyword_matches == ["boat"]
    eventually("the list", lambda: boat.id in ids(alice.timeline_list(harbour)))
    alice.delete_filter_v2(boats)
    assert alice.status(boat).filtered == []
    alice.list_accounts_delete(harbour, [him])
    assert alice.list_accounts(harbour) == []
    alice.list_delete(harbour)
    assert alice.lists() == []
    assert bob.status_delete(boat).text == "a boat"
    eventually("alice hears that it is gone", lambda: str(boat.id) in [str(gone) for gone in heard.deletes])
    assert journey.gone(alice, boat.id)
    print("made a list and a filter, deleted a post and heard of it")


def main(base, alice_name, bob_name, password):
    alice, bob = (journey.sign_in(base, name, password) for name in (alice_name, bob_name))
    him = alice.account_lookup(bob_name)
    assert alice.account_follow(him).following
    heard = Heard()
    listening = alice.stream_user(heard, run_async=True)
    eventually("alice listens", lambda: heard.beats > 0)
    post = posts(alice, bob, heard)
    notifications(alice, bob, post)
    timelines(alice, bob, him, post)
    lists_and_filters(alice, bob, him, heard)
    listening.close()
    assert alice.account_unfollow(him).following is False


if __name__ == "__main__":
    main(*sys.argv[1:])
