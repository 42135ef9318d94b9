// Kontor's own pages in a real browser, which holds them to their policy: no script, nothing from outside, and all of it usable.
// Usage: node pages.mjs BASE ALICE BOB PASSWORD CHROMIUM. Prints what went well, and ends with an exception when something is not as it must be.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import { launch } from "./chromium.mjs";

const [base, aliceName, bobName, password, program] = process.argv.slice(2);
const WIDTHS = [360, 1280];

// Dressed by its style sheet, with every picture there, and no wider than the window.
async function looksRight(page) {
  const size = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: size.height });
    const seen = await page.evaluate(async () => {
      const pictures = [...document.images];
      // What is below the window is fetched when one comes to it.
      for (const picture of pictures) picture.loading = "eager";
      await Promise.allSettled(pictures.map((picture) => picture.decode()));
      return {
        rules: [...document.styleSheets].reduce((sum, sheet) => sum + sheet.cssRules.length, 0),
        broken: pictures.filter((picture) => picture.naturalWidth === 0).map((picture) => picture.src),
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        unnamed: [...document.querySelectorAll("input:not([type=hidden]), textarea, select")].filter((field) => field.labels.length === 0).length,
      };
    });
    const where = `${page.url()} at ${width}`;
    assert.ok(seen.rules > 20, `${where} has ${seen.rules} rules of style`);
    assert.deepEqual({ ...seen, rules: 0 }, { rules: 0, broken: [], wide: 0, unnamed: 0 }, where);
  }
  await page.setViewportSize(size);
}

async function opens(person, path, heading) {
  await person.page.goto(base + path);
  await person.page.getByRole("heading", { name: heading, level: 1 }).waitFor({ state: "attached" });
  await looksRight(person.page);
}

async function fillsIn(page, fields, button) {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole("main").getByRole("button", { name: button, exact: true }).click();
}

const signsIn = (person, name, secret = password) =>
  fillsIn(person.page, { "Name or mail address": name, Password: secret }, "Sign in");

// RFC 6238, with a secret in base 32.
function oneTimeCode(secret) {
  const bits = [...secret.replaceAll(" ", "")].map((one) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(one).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const sum = createHmac("sha1", key).update(step).digest();
  return String((sum.readUInt32BE(sum.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const browser = await launch(program);
const [alice, bob, carol] = [await browser.newPerson(aliceName), await browser.newPerson(bobName), await browser.newPerson("carol")];

// Alice comes, mistypes, and comes in. The first key leads past what all pages have in common.
await opens(alice, "/", /./);
await opens(alice, "/about", /./);
await opens(alice, "/sign-in", "Sign in");
await alice.page.keyboard.press("Tab");
assert.equal(await alice.page.evaluate(() => document.activeElement.textContent), "Skip to the content");
await alice.despite(/422/, async () => {
  await signsIn(alice, aliceName, "not it at all");
  await alice.page.getByRole("alert").waitFor();
});
await looksRight(alice.page);
await signsIn(alice, aliceName);
const rooms = alice.page.getByRole("navigation", { name: "Main" });
await rooms.waitFor();
assert.equal((await rooms.locator("[aria-current=page]").textContent()).trim(), "Home");
// No script reads who is signed in.
assert.equal(await alice.page.evaluate(() => document.cookie), "");
const cookies = await alice.context.cookies();
assert.ok(cookies.some((one) => one.name === "__Host-kontor_session" && one.httpOnly && one.secure && one.sameSite === "Lax"), JSON.stringify(cookies));
console.log("signed in, with a cookie that no script reads");

// What she writes is text, whatever it looks like.
await opens(alice, "/authorize_interaction?intent=create", "Write a post");
await fillsIn(alice.page, { Text: "<script>alert(1)</script><img src=x onerror=alert(2)> the crane #masts" }, "Publish");
const written = alice.page.getByRole("article", { name: "The post" });
await written.getByText("<script>alert(1)</script>").waitFor();
const address = alice.page.url();
await looksRight(alice.page);
await written.getByRole("link", { name: "#masts" }).click();
await alice.page.getByRole("article").getByText("the crane").waitFor();
await looksRight(alice.page);
console.log("published, and found it by its hashtag");

// Bob comes to her post by an address, signs in on the way, and does what he came for.
const interaction = `${base}/authorize_interaction?uri=${encodeURIComponent(address)}`;
await bob.page.goto(interaction);
await signsIn(bob, bobName);
await bob.page.getByRole("button", { name: "Like" }).waitFor();
await looksRight(bob.page);
await bob.page.getByRole("button", { name: "Like" }).click();
await bob.page.waitForURL(address);
await bob.page.goto(interaction);
await bob.page.getByRole("button", { name: "Boost" }).click();
await bob.page.waitForURL(address);
await bob.page.goto(interaction);
await bob.page.getByText("You like this post.").waitFor();
await bob.page.getByText("You boosted this post.").waitFor();
await fillsIn(bob.page, { Text: `@${aliceName} well done` }, "Publish");
await bob.page.getByRole("article", { name: "The post" }).getByText("well done").waitFor();
await bob.page.goto(`${base}/authorize_interaction?uri=${encodeURIComponent(`${base}/@${aliceName}`)}`);
await bob.page.getByRole("button", { name: "Follow", exact: true }).click();
await bob.page.waitForURL(`${base}/@${aliceName}`);
await looksRight(bob.page);
await opens(bob, "/", "Home");
await opens(alice, new URL(address).pathname, /Post by/);
await alice.page.getByRole("region", { name: "Answers" }).getByText("well done").waitFor();
await opens(alice, `/@${aliceName}`, aliceName);
await alice.page.getByRole("listitem").filter({ hasText: "1 followers" }).waitFor();
console.log("liked, boosted, answered and followed from the pages");

// An invitation leads somebody in who has no account.
await opens(alice, "/settings/invites", "Invitations");
await fillsIn(alice.page, { "How many people may use it?": "2" }, "Make an invitation");
const link = await alice.page.getByLabel("Link").inputValue();
await carol.page.goto(link);
await looksRight(carol.page);
const [name, secret, again] = ["Name", "Password", "Password again"].map((label) => carol.page.getByLabel(label, { exact: true }));
await name.fill(carol.name);
await secret.fill(password);
await again.fill(password);
await again.press("Enter");
await carol.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Profile" }).click();
await carol.page.getByRole("heading", { name: carol.name, level: 1 }).waitFor();
await alice.page.goto(`${base}/settings/invites`);
await alice.page.getByText("1 of 2 used").waitFor();
console.log("invited somebody, who joined");

// A second factor, and signing in with it.
await opens(alice, "/settings/applications", "Applications");
await opens(alice, "/settings/two-factor", "Two-factor sign-in");
await fillsIn(alice.page, { Password: password }, "Begin");
const shared = await alice.page.getByLabel("Secret", { exact: true }).inputValue();
await alice.page.getByRole("img", { name: "The secret, to scan" }).waitFor();
await looksRight(alice.page);
await fillsIn(alice.page, { Code: oneTimeCode(shared) }, "Turn it on");
const recovery = await alice.page.getByRole("main").getByRole("listitem").first().textContent();
await looksRight(alice.page);
await alice.page.getByRole("button", { name: "Sign out" }).click();
await alice.page.getByRole("navigation", { name: "Account" }).waitFor();
await opens(alice, "/settings/two-factor", "Sign in");
await signsIn(alice, aliceName);
await alice.page.getByRole("heading", { name: "Your code" }).waitFor();
assert.equal(await alice.page.evaluate(() => document.activeElement.id), "code");
await alice.page.keyboard.type(recovery);
await alice.page.keyboard.press("Enter");
await alice.page.getByText("It is on since").waitFor();
await looksRight(alice.page);
// Back after signing out shows nothing that was kept.
await alice.page.getByRole("button", { name: "Sign out" }).click();
await alice.page.getByRole("navigation", { name: "Account" }).waitFor();
await alice.page.goBack();
await alice.page.getByRole("heading", { name: "Sign in", level: 1 }).waitFor();
console.log("turned two-factor sign-in on, and signed in and out with it");

for (const person of [alice, bob, carol]) person.check();
await browser.close();
process.exit(0);
