// What clients on masto.js do: Elk and Phanpy are such. Two people on one server; signs in by the real pages, as a browser would.
// Usage: node masto.mjs BASE ALICE BOB PASSWORD. Prints what went well, and ends with an exception when something is not as it must be.

import assert from "node:assert/strict";
import dns from "node:dns";
import { setTimeout as sleep } from "node:timers/promises";

import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from "masto";

const [base, aliceName, bobName, password] = process.argv.slice(2);
const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";
const SCOPES = "read write follow push";

// The names of the test servers are in no DNS.
const lookup = dns.lookup;
dns.lookup = (host, ...rest) => lookup(host.endsWith(".test") ? "127.0.0.1" : host, ...rest);

async function eventually(what, look) {
  const began = Date.now();
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() - began > 20_000) throw new Error(`waited in vain: ${what}`);
    await sleep(20);
  }
}

const unescaped = (text) =>
  text.replaceAll("&#34;", '"').replaceAll("&#60;", "<").replaceAll("&#62;", ">").replaceAll("&#39;", "'").replaceAll("&#38;", "&");

// Keeps cookies and goes where it is sent.
class Browser {
  cookies = new Map();

  async open(url, form) {
    for (;;) {
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const answer = await fetch(url, {
        method: form ? "POST" : "GET",
        body: form ? new URLSearchParams(form) : undefined,
        headers: { cookie },
        redirect: "manual",
      });
      for (const set of answer.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
        this.cookies.set(name, value);
      }
      if (answer.status < 300 || answer.status > 399) {
        assert.equal(answer.status, 200, url);
        return { url, text: await answer.text() };
      }
      url = new URL(answer.headers.get("location"), url).href;
      form = undefined;
    }
  }

  // Fills in the form of a page that goes to this path.
  async submit(page, path, fields) {
    const found = page.text.split(`action="${path}"`)[1]?.split("</form>")[0];
    assert.ok(found, `no form for ${path}: ${page.text}`);
    const hidden = [...found.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    const given = Object.fromEntries(hidden.map(([, name, value]) => [name, unescaped(value)]));
    return this.open(new URL(path, page.url).href, { ...given, ...fields });
  }
}

async function signIn(name) {
  const app = await createRestAPIClient({ url: base }).v1.apps.create({
    clientName: "Sails",
    redirectUris: OUT_OF_BAND,
    scopes: SCOPES,
  });
  const query = new URLSearchParams({
    client_id: app.clientId,
    redirect_uri: OUT_OF_BAND,
    response_type: "code",
    scope: SCOPES,
  });
  const browser = new Browser();
  let page = await browser.open(`${base}/oauth/authorize?${query}`);
  page = await browser.submit(page, "/sign-in", { login: name, password });
  page = await browser.submit(page, "/oauth/authorize", { decision: "allow" });
  const code = /id="code"[^>]*value="([^"]+)"/.exec(page.text)[1];
  const token = await createOAuthAPIClient({ url: base }).token.create({
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    code,
    grantType: "authorization_code",
    redirectUri: OUT_OF_BAND,
  });
  return { rest: createRestAPIClient({ url: base, accessToken: token.accessToken }), token: token.accessToken };
}

async function listen(token) {
  const { configuration } = await createRestAPIClient({ url: base }).v2.instance.fetch();
  const client = createStreamingAPIClient({ streamingApiUrl: configuration.urls.streaming, accessToken: token, retry: 1 });
  await client.prepare();
  const heard = [];
  const subscription = client.user.subscribe();
  const reading = (async () => {
    for await (const event of subscription.values()) heard.push(event);
  })();
  return {
    hears: (what, event, fits) => eventually(what, () => heard.find((one) => one.event === event && fits(one.payload))),
    close: async () => {
      subscription.unsubscribe();
      client.close();
      await Promise.race([reading, sleep(200)]);
    },
  };
}

const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

const alice = await signIn(aliceName);
const bob = await signIn(bobName);
const me = await alice.rest.v1.accounts.verifyCredentials();
const him = await alice.rest.v1.accounts.lookup({ acct: bobName });
assert.equal(me.acct, aliceName);
const relation = await alice.rest.v1.accounts.$select(him.id).follow();
assert.equal(relation.following, true);
console.log("signed in by the pages, and followed");

const home = await listen(alice.token);
// What is told from now on is heard: a filter that changes says so.
await eventually("alice listens", async () => {
  const filter = await alice.rest.v2.filters.create({ title: `ready ${Date.now()}`, context: ["home"] });
  await alice.rest.v2.filters.$select(filter.id).remove();
  return Promise.race([home.hears("the stream", "filters_changed", () => true), sleep(300)]);
});
const media = await bob.rest.v2.media.create({ file: new Blob([PICTURE]), description: "Grey", focus: "0.5,0" });
assert.equal(media.meta.focus.x, 0.5);
const post = await bob.rest.v1.statuses.create({ status: "the crane #masts", mediaIds: [media.id], visibility: "public" });
assert.equal(post.mediaAttachments[0].description, "Grey");
const update = await home.hears("the post", "update", (status) => status.id === post.id);
assert.equal(update.payload.content, post.content);
const asked = await bob.rest.v1.statuses.create({
  status: "which?",
  poll: { options: ["north", "south"], expiresIn: 600, multiple: false },
});
const poll = await alice.rest.v1.polls.$select(asked.poll.id).votes.create({ choices: [1] });
assert.deepEqual([poll.voted, poll.ownVotes, poll.options[1].votesCount], [true, [1], 1]);
const edited = await bob.rest.v1.statuses.$select(post.id).update({ status: "the crane is mended #masts" });
assert.ok(edited.editedAt);
await home.hears("the edit", "status.update", (status) => status.id === post.id && status.content.includes("mended"));
const history = await alice.rest.v1.statuses.$select(post.id).history.list();
assert.equal(history.length, 2);
const source = await bob.rest.v1.statuses.$select(post.id).source.fetch();
assert.equal(source.text, "the crane is mended #masts");
console.log("posted with a picture and a poll, voted, edited, and heard of it");

const answer = await alice.rest.v1.statuses.create({ status: `@${bobName} well done`, inReplyToId: post.id });
assert.equal((await alice.rest.v1.statuses.$select(post.id).favourite()).favouritesCount, 1);
assert.equal((await alice.rest.v1.statuses.$select(post.id).reblog()).reblog.reblogged, true);
assert.equal((await alice.rest.v1.statuses.$select(post.id).bookmark()).bookmarked, true);
await eventually("bob is told", async () => {
  const told = await bob.rest.v1.notifications.list();
  return new Set(told.map((one) => one.type)).size >= 4;
});
const grouped = await bob.rest.v2.notifications.list({ groupedTypes: ["favourite", "reblog"] });
assert.ok(grouped.notificationGroups.length >= 4 && grouped.accounts.length === 1, JSON.stringify(grouped));
const context = await bob.rest.v1.statuses.$select(post.id).context.fetch();
assert.deepEqual(context.descendants.map((one) => one.id), [answer.id]);
for (let number = 0; number < 5; number += 1) await bob.rest.v1.statuses.create({ status: `page ${number}` });
const seen = [];
for await (const page of alice.rest.v1.accounts.$select(him.id).statuses.list({ limit: 2 })) seen.push(...page.map((one) => one.id));
assert.deepEqual([seen.length, new Set(seen).size], [7, 7]);
await eventually("the home timeline", async () => {
  const list = await alice.rest.v1.timelines.home.list();
  return list.length >= 8 && new Set(list.map((one) => one.id)).size === list.length;
});
const tagged = await alice.rest.v1.timelines.tag.$select("masts").list();
assert.deepEqual(tagged.map((one) => one.id), [post.id]);
const found = await alice.rest.v2.search.list({ q: "mended", type: "statuses" });
assert.deepEqual(found.statuses.map((one) => one.id), [post.id]);
console.log("answered, marked, read timelines and notifications by pages, and found a word");

const list = await alice.rest.v1.lists.create({ title: "harbour" });
await alice.rest.v1.lists.$select(list.id).accounts.create({ accountIds: [him.id] });
const members = await alice.rest.v1.lists.$select(list.id).accounts.list();
assert.deepEqual(members.map((one) => one.acct), [bobName]);
const filter = await alice.rest.v2.filters.create({
  title: "boats",
  context: ["home"],
  filterAction: "warn",
  keywordsAttributes: [{ keyword: "boat", wholeWord: true }],
});
const boat = await bob.rest.v1.statuses.create({ status: "a boat" });
const caught = await home.hears("the filtered post", "update", (status) => status.id === boat.id);
assert.deepEqual(caught.payload.filtered[0].keywordMatches, ["boat"]);
await eventually("the list", async () => {
  const timeline = await alice.rest.v1.timelines.list.$select(list.id).list();
  return timeline.some((one) => one.id === boat.id);
});
await alice.rest.v2.filters.$select(filter.id).remove();
await alice.rest.v1.lists.$select(list.id).remove();
const gone = await bob.rest.v1.statuses.$select(boat.id).remove();
assert.equal(gone.text, "a boat");
await home.hears("the deletion", "delete", (id) => id === boat.id);
await assert.rejects(alice.rest.v1.statuses.$select(boat.id).fetch(), { statusCode: 404 });
await alice.rest.v1.accounts.$select(him.id).unfollow();
await home.close();
console.log("made a list and a filter, deleted a post and heard of it, unfollowed");
process.exit(0);
