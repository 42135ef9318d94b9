// A web client on masto.js in a real browser: on an origin of its own, held to what browsers hold such pages to.
// Usage: node client.mjs BASE ALICE BOB PASSWORD CHROMIUM. Prints what went well, and ends with an exception when something is not as it must be.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import http from "node:http";
import { extname } from "node:path";

import { launch } from "./chromium.mjs";

const [base, aliceName, bobName, password, program] = process.argv.slice(2);
const server = new URL(base).host;
const client = new URL("client.html", import.meta.url);
const KINDS = { ".js": "text/javascript", ".mjs": "text/javascript", ".html": "text/html; charset=utf-8" };
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

// The client's own site: its page, and the packages that it is built on.
const site = http.createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://site");
  try {
    if (pathname === "/favicon.ico") return response.writeHead(204).end();
    if (pathname !== "/" && !pathname.startsWith("/node_modules/")) throw new Error("not ours");
    const file = pathname === "/" ? client : new URL(`.${pathname}`, import.meta.url);
    response.writeHead(200, { "content-type": KINDS[extname(pathname)] ?? KINDS[".html"] }).end(await readFile(file));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((listening) => site.listen(0, "127.0.0.1", listening));
const origin = `http://127.0.0.1:${site.address().port}/`;

async function arrives(person) {
  await person.page.goto(origin);
  await person.page.locator("body[data-ready]").waitFor();
}

async function isIn(person) {
  await person.page.getByRole("heading", { name: person.name, exact: true }).waitFor();
  await person.page.locator("body[data-listens]").waitFor();
  // What is told from now on is heard: a filter that changes says so.
  await person.page.evaluate(async () => {
    const { url, token } = JSON.parse(localStorage.getItem("session"));
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const body = JSON.stringify({ title: "ready", context: ["home"] });
    while (!document.body.dataset.heard) {
      const made = await fetch(`${url}/api/v2/filters`, { method: "POST", headers, body });
      await fetch(`${url}/api/v2/filters/${(await made.json()).id}`, { method: "DELETE", headers });
      await new Promise((rest) => setTimeout(rest, 100));
    }
  });
}

// What the pages of the server ask of whoever comes from an application.
async function agrees(person, page, decision) {
  const field = page.getByLabel("Name or mail address");
  const ask = page.getByRole("heading", { name: "Allow Brig?" });
  await field.or(ask).waitFor();
  if (await field.isVisible()) {
    await field.fill(person.name);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  }
  await ask.waitFor();
  await page.getByRole("button", { name: decision, exact: true }).click();
}

async function publishes(person, text, file) {
  const { page } = person;
  await page.getByLabel("Post").fill(text);
  if (file) await page.getByLabel("Picture").setInputFiles({ name: "grey.png", mimeType: "image/png", buffer: file });
  await page.getByRole("button", { name: "Publish" }).click();
  await post(page, text).waitFor();
}

const post = (page, text) => page.getByRole("region", { name: "Home" }).getByRole("article").filter({ hasText: text }).first();
const told = (page, text) => page.getByRole("region", { name: "Notifications" }).getByText(text);

async function finds(person, words) {
  await person.page.getByLabel("Search").fill(words);
  await person.page.getByRole("button", { name: "Find" }).click();
}

const browser = await launch(program);
const [alice, bob] = [await browser.newPerson(aliceName), await browser.newPerson(bobName)];

// Alice goes to the server and comes back, once without leave.
for (const decision of ["Deny", "Allow"]) {
  await arrives(alice);
  await alice.page.getByLabel("Server").fill(server);
  await alice.page.getByRole("button", { name: "Sign in" }).click();
  await agrees(alice, alice.page, decision);
  await alice.page.waitForURL(`${origin}**`);
  if (decision === "Deny") await alice.page.getByText("refused: access_denied").waitFor();
}
await isIn(alice);
// Bob's client opens a window for it, which closes itself.
await arrives(bob);
await bob.page.getByLabel("Server").fill(server);
await bob.page.getByLabel("In a window of its own").check();
const [popup] = await Promise.all([bob.page.waitForEvent("popup"), bob.page.getByRole("button", { name: "Sign in" }).click()]);
const closes = popup.waitForEvent("close");
await agrees(bob, popup, "Allow");
await closes;
await isIn(bob);
console.log("signed in by the real pages, in the same window and in one of its own");

await finds(alice, bobName);
await alice.page.getByRole("button", { name: `Follow ${bobName}`, exact: true }).click();
await alice.page.getByRole("button", { name: `You follow ${bobName}` }).waitFor();
await told(bob.page, `follow by ${aliceName}`).waitFor();
await publishes(bob, "the crane is mended #masts", PICTURE);
// What is pushed arrives without a reload, and the picture may be drawn on.
await post(alice.page, "the crane is mended").waitFor();
const picture = post(alice.page, "the crane is mended").getByRole("img", { name: "A picture" });
await alice.page.waitForFunction((element) => element.complete && element.naturalWidth > 0, await picture.elementHandle());
const drawn = await picture.evaluate((image) => {
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL();
});
assert.ok(drawn.startsWith("data:image/png"));
console.log("found and followed somebody, published with a picture, and heard of both at once");

const crane = post(alice.page, "the crane is mended");
await crane.getByRole("button", { name: "Favourite" }).click();
await crane.getByText("1 favourites").waitFor();
await crane.getByRole("button", { name: "Boost" }).click();
await crane.getByText("1 boosts").waitFor();
await crane.getByRole("button", { name: "Answer" }).click();
await alice.page.getByLabel("Post").pressSequentially("well done");
await alice.page.getByRole("button", { name: "Publish" }).click();
for (const kind of ["favourite", "reblog", "mention"]) await told(bob.page, `${kind} by ${aliceName}`).waitFor();
for (let number = 1; number <= 7; number += 1) await publishes(bob, `page number ${number}`);
await post(alice.page, "page number 7").waitFor();
console.log("answered, favourited and boosted, and the other was told");

// Anew, from what the browser kept; older pages come by the Link header.
await arrives(alice);
await isIn(alice);
const home = alice.page.getByRole("region", { name: "Home" }).getByRole("article");
assert.equal(await home.count(), 5);
while (await alice.page.getByRole("button", { name: "More" }).isVisible()) {
  const [before, more] = [await home.count(), alice.page.getByRole("button", { name: "More" })];
  await more.click();
  await alice.page.waitForFunction(
    (known) => document.querySelectorAll("#home article").length > known || document.getElementById("more").hidden,
    before,
  );
}
await post(alice.page, "the crane is mended").waitFor();
const ids = await home.evaluateAll((all) => all.map((one) => one.dataset.id));
assert.equal(new Set(ids).size, ids.length);
assert.equal(ids.length, 9);
await finds(alice, "mended");
await alice.page.getByRole("region", { name: "Found" }).getByText("the crane is mended").waitFor();
console.log("read home page by page, and found a word");

// Signed out, the token is worth nothing.
const { token } = await alice.page.evaluate(() => JSON.parse(localStorage.getItem("session")));
await alice.page.getByRole("button", { name: "Sign out" }).click();
await alice.page.getByLabel("Server").waitFor();
await alice.despite(/401/, async () => {
  const status = await alice.page.evaluate(
    async ([url, worthless]) => (await fetch(url, { headers: { authorization: `Bearer ${worthless}` } })).status,
    [`${base}/api/v1/accounts/verify_credentials`, token],
  );
  assert.equal(status, 401);
});
// Bob takes leave back at the server, and his open client is refused.
const settings = await bob.context.newPage();
await settings.goto(`${base}/settings/applications`);
const leave = settings.getByRole("button", { name: "Take it from Brig" });
await leave.click();
await leave.waitFor({ state: "detached" });
await bob.despite(/401/, async () => {
  const status = await bob.page.evaluate(async () => {
    const { url, token: worthless } = JSON.parse(localStorage.getItem("session"));
    return (await fetch(`${url}/api/v1/timelines/home`, { headers: { authorization: `Bearer ${worthless}` } })).status;
  });
  assert.equal(status, 401);
});
console.log("signed out, and took leave back");

alice.check();
bob.check();
await browser.close();
process.exit(0);
