// A real browser for the scripts beside this one. What goes wrong in it is a failure, whether or not it shows.

import assert from "node:assert/strict";

import { chromium } from "playwright-core";

// The names of the test servers are in no DNS, and nothing else is to be reached.
const RULES = "MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";

export async function launch(program) {
  const browser = await chromium.launch({
    executablePath: program,
    args: [`--host-resolver-rules=${RULES}`, "--no-proxy-server", "--disable-dev-shm-usage"],
  });
  const people = [];
  // Whatever else fails, this may be why.
  process.on("uncaughtExceptionMonitor", () => {
    for (const person of people) console.log(`${person.name}'s browser complained of`, person.wrong, "at", person.page.url());
  });
  return {
    newPerson: async (name) => {
      const person = await Person.arrive(browser, name);
      people.push(person);
      return person;
    },
    close: () => browser.close(),
  };
}

// Somebody with a browser of their own: cookies, storage and tabs are theirs alone.
class Person {
  wrong = [];
  expected = [];

  static async arrive(browser, name) {
    const person = new Person();
    person.name = name;
    // The servers have certificates of an authority that the test run makes.
    person.context = await browser.newContext({ ignoreHTTPSErrors: true });
    person.context.setDefaultTimeout(20_000);
    person.context.on("page", (page) => person.watch(page));
    person.page = await person.context.newPage();
    return person;
  }

  // Refused resources, breaches of a policy, requests that CORS forbids, exceptions of scripts, dialogues.
  watch(page) {
    page.on("console", (message) => {
      if (message.type() === "error") this.note(`${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (why) => this.note(`exception: ${why.message}`));
    page.on("dialog", (dialog) => {
      this.note(`dialogue: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("response", (response) => {
      if (response.status() >= 400) this.note(`${response.status()} to ${response.request().method()} ${response.url()}`);
    });
  }

  note(what) {
    if (!this.expected.some((pattern) => pattern.test(what))) this.wrong.push(what);
  }

  // Does something during which the browser complains in this way.
  async despite(pattern, deed) {
    this.expected.push(pattern);
    await deed();
    this.expected.pop();
  }

  check() {
    assert.deepEqual(this.wrong, [], `${this.name}'s browser complained`);
  }
}
