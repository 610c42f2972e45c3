// A browser reduced to what a person without scripts needs: cookies, redirects and forms.

const MAX_STEPS = 20;

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const unescape = (text) =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    return decimal ? String.fromCodePoint(Number(decimal)) : (ENTITIES[name] ?? whole);
  });

function attributes(tag) {
  const pairs = tag.matchAll(/\s([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g);
  return Object.fromEntries(
    Array.from(pairs, ([, name, double, single, bare]) => [name, unescape(double ?? single ?? bare ?? "")]),
  );
}

/** The forms of a page, by id: where they go, and the fields a browser would send unasked. */
function forms(html, base) {
  const found = {};
  for (const [, open, content] of html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)) {
    const form = attributes(open);
    const inputs = Array.from(content.matchAll(/<input\b([^>]*)>/g), ([, tag]) => attributes(tag));
    const sent = inputs.filter(
      (input) => input.name && !("disabled" in input) && (input.type !== "checkbox" || "checked" in input),
    );
    found[form.id] = {
      action: new URL(form.action ?? "", base),
      fields: sent.map((input) => [input.name, input.value ?? ""]),
    };
  }
  return found;
}

/** What a browser shows: a page of the server, or where the server sent it away to. */
class Page {
  constructor(url, status, html) {
    this.url = url;
    this.status = status;
    this.html = html;
    this.forms = forms(html, url);
  }
}

export class Browser {
  #origin;
  #cookies = new Map();

  /** A browser without cookies that stops at the border of `origin`. */
  constructor(origin) {
    this.#origin = new URL(origin).origin;
  }

  /** Opens `url` and follows redirects; a URL of another origin is returned and not opened. */
  async open(url, request = { method: "GET" }) {
    for (let step = 0; step < MAX_STEPS; step += 1) {
      if (new URL(url).origin !== this.#origin) return { left: new URL(url) };
      const response = await fetch(url, {
        ...request,
        headers: { ...request.headers, Cookie: this.cookieHeader(), Accept: "text/html" },
        redirect: "manual",
      });
      this.#keep(response.headers.getSetCookie());
      const location = response.headers.get("location");
      if (!location) return new Page(url, response.status, await response.text());
      await response.body?.cancel();
      url = new URL(location, url).href;
      request = { method: "GET" };
    }
    throw new Error(`still redirected after ${MAX_STEPS} steps, now to ${url}`);
  }

  /** Sends the form with this id, with `values` typed into it. */
  async submit(page, id, values) {
    const { action, fields } = page.forms[id];
    const body = new URLSearchParams(fields);
    for (const [name, value] of Object.entries(values)) body.set(name, value);
    return this.open(action.href, { method: "POST", body, headers: { Origin: this.#origin } });
  }

  /** The cookies as a browser sends them. */
  cookieHeader() {
    return Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join("; ");
  }

  #keep(headers) {
    for (const header of headers) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(header);
      if (/;\s*max-age=(0|-)/i.test(header)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}
