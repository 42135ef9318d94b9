// A small server on Fedify, an implementation of ActivityPub that we did not write. It speaks to Kontor over HTTP or TLS, writes
// down what arrives, and does what the test tells it to do on a port of its own. Settings come as one JSON object in PEER.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { Temporal } from "@js-temporal/polyfill";
import {
  createFederation,
  generateCryptoKeyPair,
  InProcessMessageQueue,
  MemoryKvStore,
} from "@fedify/fedify";
import { signObject, signRequest, verifyObject, verifyRequest } from "@fedify/fedify/sig";
import {
  Accept,
  Activity,
  Announce,
  Create,
  Delete,
  Endpoints,
  Follow,
  isActor,
  Like,
  Mention,
  Note,
  Person,
  PUBLIC_COLLECTION,
  Reject,
  Tombstone,
  Undo,
  Update,
} from "@fedify/fedify/vocab";
import { configure, getTextFormatter } from "@logtape/logtape";
import { Agent, fetch as plainFetch, setGlobalDispatcher } from "undici";

const settings = JSON.parse(process.env.PEER);
const NAME = "pia";
// Passes on what others said.
const CARRIER = "max";
const RFC9421 = "rfc9421";
const base = new URL(settings.origin);

// How each request of ours was signed and answered, and what became of each activity that came.
const posted = [];
const judged = new Map();

function formOf(headers) {
  if (headers.has("signature-input")) return RFC9421;
  return headers.has("signature") ? "draft-cavage-http-signatures-12" : "none";
}

// Names of the test stand in no DNS.
setGlobalDispatcher(
  new Agent({
    connect: {
      ca: settings.ca ? readFileSync(settings.ca) : undefined,
      lookup: (name, options, done) => {
        const address = settings.hosts[name] ?? "127.0.0.1";
        if (options.all) done(null, [{ address, family: 4 }]);
        else done(null, address, 4);
      },
    },
  }),
);
// The one of the same library, so that its dispatcher is used whatever Node.js brings along.
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
  const form = formOf(request.headers);
  const algorithm = /;alg="([^"]*)"/.exec(request.headers.get("signature-input") ?? "")?.[1];
  const answer = await plainFetch(request.url, {
    method: request.method,
    headers: [...request.headers],
    body,
    redirect: request.redirect,
    signal: request.signal,
  });
  if (request.method === "POST") posted.push({ form, algorithm, to: request.url, status: answer.status });
  const shown = new Response([101, 204, 205, 304].includes(answer.status) ? null : await answer.arrayBuffer(), {
    status: answer.status,
    headers: [...answer.headers],
  });
  Object.defineProperty(shown, "url", { value: answer.url });
  return shown;
};

// What Fedify says to itself, for a test that fails.
const journal = [];
const format = getTextFormatter();
await configure({
  sinks: { journal: (record) => journal.push(format(record)) },
  loggers: [
    { category: "fedify", sinks: ["journal"], lowestLevel: "debug" },
    { category: ["logtape", "meta"], sinks: ["journal"], lowestLevel: "error" },
  ],
});

const log = [];
const followers = new Map();
const notes = new Map();
const gone = new Set();
const sent = new Map();
const follows = new Map();
const keys = {};
for (const name of [NAME, CARRIER]) {
  keys[name] = [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), await generateCryptoKeyPair("Ed25519")];
}

const federation = createFederation({
  kv: new MemoryKvStore(),
  queue: new InProcessMessageQueue(),
  origin: settings.origin,
  allowPrivateAddress: true,
  firstKnock: settings.firstKnock,
  onOutboxError: (error) => log.push({ kind: "outbox error", why: String(error) }),
});

federation
  .setActorDispatcher("/users/{identifier}", async (context, identifier) => {
    if (!keys[identifier]) return null;
    const pairs = await context.getActorKeyPairs(identifier);
    return new Person({
      id: context.getActorUri(identifier),
      preferredUsername: identifier,
      name: identifier,
      summary: "Speaks through Fedify.",
      inbox: context.getInboxUri(identifier),
      outbox: context.getOutboxUri(identifier),
      followers: context.getFollowersUri(identifier),
      endpoints: new Endpoints({ sharedInbox: context.getInboxUri() }),
      url: context.getActorUri(identifier),
      publicKey: pairs[0].cryptographicKey,
      assertionMethods: pairs.map((pair) => pair.multikey),
    });
  })
  .mapHandle((_context, username) => username)
  .setKeyPairsDispatcher((_context, identifier) => keys[identifier] ?? []);

federation.setFollowersDispatcher("/users/{identifier}/followers", () => ({
  items: [...followers.values()],
}));
federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({ items: [] }));
federation.setObjectDispatcher(Note, "/notes/{id}", (_context, { id }) =>
  gone.has(id) ? null : (notes.get(id) ?? null),
);

federation.setObjectDispatcher(Follow, "/follows/{id}", (_context, { id }) => follows.get(id) ?? null);

async function written(context, activity) {
  const entry = {
    kind: activity.constructor.name,
    id: activity.id?.href,
    actor: activity.actorId?.href,
    object: activity.objectId?.href,
    ...judged.get(activity.id?.href),
  };
  if (activity instanceof Create || activity instanceof Update) {
    const object = await activity.getObject(context);
    entry.objectKind = object?.constructor.name;
    entry.content = object?.content?.toString();
    entry.inReplyTo = object?.replyTargetId?.href;
  }
  if (activity instanceof Undo || activity instanceof Accept || activity instanceof Reject) {
    entry.objectKind = (await activity.getObject(context))?.constructor.name;
  }
  log.push(entry);
}

const inbox = federation.setInboxListeners("/users/{identifier}/inbox", "/inbox");
inbox.on(Follow, async (context, follow) => {
  await written(context, follow);
  const follower = await follow.getActor(context);
  if (!isActor(follower)) return;
  followers.set(follower.id.href, follower);
  await context.sendActivity(
    { identifier: NAME },
    follower,
    new Accept({
      id: new URL(`#accept-${crypto.randomUUID()}`, context.getActorUri(NAME)),
      actor: context.getActorUri(NAME),
      object: follow,
    }),
  );
});
inbox.on(Undo, async (context, undo) => {
  await written(context, undo);
  if ((await undo.getObject(context)) instanceof Follow) followers.delete(undo.actorId.href);
});
for (const kind of [Accept, Announce, Create, Delete, Like, Reject, Update]) {
  inbox.on(kind, written);
}

// What the test tells it to do.
const deeds = {
  async follow(context, { actor }) {
    const number = String(follows.size + 1);
    const id = context.getObjectUri(Follow, { id: number });
    return await send(context, actor, (_, me) => {
      const follow = new Follow({ id, actor: me, object: new URL(actor) });
      follows.set(number, follow);
      return follow;
    });
  },
  async like(context, { actor, object }) {
    return await send(context, actor, (id, me) => new Like({ id, actor: me, object: new URL(object) }));
  },
  async boost(context, { actor, object }) {
    return await send(
      context,
      actor,
      (id, me) =>
        new Announce({
          id,
          actor: me,
          object: new URL(object),
          to: PUBLIC_COLLECTION,
          ccs: [context.getFollowersUri(NAME), new URL(actor)],
        }),
    );
  },
  async undo(context, { actor, activity }) {
    return await send(context, actor, (id, me) => new Undo({ id, actor: me, object: sent.get(activity) }));
  },
  async post(context, { content, inReplyTo, mention }) {
    const number = String(notes.size + 1);
    const note = noteOf(context, number, content, { inReplyTo, mention });
    notes.set(number, note);
    await spread(context, mention, (id, me) =>
      new Create({ id, actor: me, object: note, to: PUBLIC_COLLECTION, cc: context.getFollowersUri(NAME) }),
    );
    return { id: note.id.href };
  },
  async edit(context, { id, content }) {
    const number = id.split("/").at(-1);
    const note = notes.get(number).clone({ content, updated: Temporal.Now.instant() });
    notes.set(number, note);
    await spread(context, null, (own, me) =>
      new Update({ id: own, actor: me, object: note, to: PUBLIC_COLLECTION, cc: context.getFollowersUri(NAME) }),
    );
    return { id };
  },
  // What Pia proves to have said, and her server does not show, brought by another; with other words than hers if wished.
  async pass(context, { content, instead, inbox }) {
    const note = noteOf(context, crypto.randomUUID(), content, {});
    const [, pair] = await context.getActorKeyPairs(NAME);
    const create = new Create({
      id: ownId(context),
      actor: context.getActorUri(NAME),
      object: note,
      to: PUBLIC_COLLECTION,
      cc: context.getFollowersUri(NAME),
    });
    const { contextLoader, documentLoader } = context;
    const signed = await signObject(create, pair.privateKey, pair.multikey.id, { contextLoader, documentLoader });
    const written = JSON.stringify(await signed.toJsonLd({ format: "compact", contextLoader }));
    // As it is signed, which the library does by itself for what it sends by itself.
    const body = written.replaceAll('"as:Public"', JSON.stringify(PUBLIC_COLLECTION.href));
    const [carrier] = await context.getActorKeyPairs(CARRIER);
    const request = new Request(inbox, {
      method: "POST",
      headers: { "content-type": "application/activity+json" },
      body: instead ? body.replace(content, instead) : body,
    });
    const answer = await fetch(
      await signRequest(request, carrier.privateKey, carrier.keyId, { spec: settings.firstKnock }),
    );
    return { id: note.id.href, status: answer.status };
  },
  async delete(context, { id }) {
    gone.add(id.split("/").at(-1));
    await spread(context, null, (own, me) =>
      new Delete({ id: own, actor: me, object: new Tombstone({ id: new URL(id) }), to: PUBLIC_COLLECTION }),
    );
    return { id };
  },
};

function noteOf(context, number, content, { inReplyTo, mention }) {
  return new Note({
    id: context.getObjectUri(Note, { id: number }),
    attribution: context.getActorUri(NAME),
    content,
    mediaType: "text/html",
    published: Temporal.Now.instant(),
    to: PUBLIC_COLLECTION,
    ccs: [context.getFollowersUri(NAME), ...(mention ? [new URL(mention)] : [])],
    replyTarget: inReplyTo ? new URL(inReplyTo) : null,
    tags: mention ? [new Mention({ href: new URL(mention), name: "@mentioned" })] : [],
    url: context.getObjectUri(Note, { id: number }),
  });
}

function ownId(context) {
  return new URL(`#activity-${crypto.randomUUID()}`, context.getActorUri(NAME));
}

async function actorAt(context, uri) {
  const loader = await context.getDocumentLoader({ identifier: NAME });
  const found = await context.lookupObject(uri, { documentLoader: loader });
  if (!isActor(found)) throw new Error(`${uri} is no actor`);
  return found;
}

async function send(context, actor, make) {
  const activity = make(ownId(context), context.getActorUri(NAME));
  sent.set(activity.id.href, activity);
  await context.sendActivity({ identifier: NAME }, await actorAt(context, actor), activity);
  return { id: activity.id.href };
}

async function spread(context, mention, make) {
  const activity = make(ownId(context), context.getActorUri(NAME));
  const to = [...followers.values()];
  if (mention && !followers.has(mention)) to.push(await actorAt(context, mention));
  await context.sendActivity({ identifier: NAME }, to, activity, { preferSharedInbox: true });
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

// Judged by the library's own readers, apart from what the inbox makes of it. One that speaks RFC 9421 takes nothing else.
async function judge(request) {
  const form = formOf(request.headers);
  if (settings.firstKnock === RFC9421 && form !== RFC9421) return false;
  const context = federation.createContext(base, undefined);
  const { contextLoader } = context;
  const documentLoader = await context.getDocumentLoader({ identifier: NAME });
  const body = await request.clone().json();
  const key = await verifyRequest(request, { contextLoader, documentLoader });
  const proven = await verifyObject(Activity, body, { contextLoader, documentLoader });
  const keyKind = key?.publicKey?.algorithm?.name;
  judged.set(body.id, { form, keyKind, signed: key?.ownerId?.href, proven: proven?.actorId?.href });
  return true;
}

async function serve(request, response) {
  const body = await read(request);
  const headers = new Headers();
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    headers.append(request.rawHeaders[at], request.rawHeaders[at + 1]);
  }
  const asked = new Request(new URL(request.url, base), {
    method: request.method,
    headers,
    body: ["GET", "HEAD"].includes(request.method) ? undefined : body,
  });
  if (request.method === "POST" && !(await judge(asked.clone()))) {
    response.writeHead(401).end();
    return;
  }
  const answer = await federation.fetch(asked, { contextData: undefined });
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
}

async function obey(request, response) {
  try {
    const body = await read(request);
    const name = request.url.slice(1);
    const told = { log, journal, posted }[name] ?? (await deeds[name](federation.createContext(base, undefined), JSON.parse(body)));
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(told));
  } catch (error) {
    response.writeHead(500, { "content-type": "text/plain" });
    response.end(String(error?.stack ?? error));
  }
}

function failing(handler) {
  return (request, response) =>
    handler(request, response).catch((error) => {
      console.error(error);
      response.writeHead(500);
      response.end();
    });
}

const listening = settings.certificate
  ? https.createServer(
      { cert: readFileSync(settings.certificate), key: readFileSync(settings.key) },
      failing(serve),
    )
  : http.createServer(failing(serve));
const control = http.createServer(failing(obey));
listening.listen(settings.port, "127.0.0.1", () => {
  control.listen(0, "127.0.0.1", () => console.log(`control ${control.address().port}`));
});
// Ends with the test that holds its standard input.
process.stdin.on("end", () => process.exit(0)).resume();
