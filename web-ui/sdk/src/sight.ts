// Whether all of something is in sight of the person: nothing approves what a page has covered.
import { TopLayerWatch, seesCovers } from "./top_layer.js";

/** What IntersectionObserver v2 adds; browsers that do not have it leave it out. */
interface Options extends IntersectionObserverInit {
  readonly trackVisibility: boolean;
  readonly delay: number;
}

interface Entry extends IntersectionObserverEntry {
  /** Whether it is certain that nothing covers, fades or moves it. */
  readonly isVisible?: boolean;
}

/** How much of the whole the person has seen. */
export type Sight = "unseen" | "covered" | "seen";

/** The shortest time between two looks that browsers allow with `trackVisibility`. */
const DELAY_MILLISECONDS = 100;

/** Of an element's width, what must be in sight, and how many pixels of its height may be off: by roundings. */
const WIDTH = 0.98;
const PIXEL = 1;

/** How far from one another the lines are at which it is looked what is on top, in pixels; and at which shares of each. */
const LINE = 16;
const SHARES = [0.03, 0.2, 0.4, 0.6, 0.8, 0.97];

/** At which shares of an element that are in sight browsers tell of it. */
const THRESHOLDS = Array.from({ length: 21 }, (_, at) => at / 20);

/**
 * Watches the rows of what is to be approved, and the button that approves: all of every row must have been in
 * sight, if not at once, and none that is on the screen may be covered.
 */
export class SightWatch {
  readonly #elements: readonly Element[];
  readonly #changed: () => void;
  readonly #observer: IntersectionObserver;
  readonly #seen = new Map<Element, Spans>();
  readonly #covered = new Set<Element>();
  /** Those of which the browser was asked and has not told yet. */
  readonly #asked: Set<Element>;
  /** In browsers that say no more: what is above the dialog. */
  readonly #above: TopLayerWatch | undefined;

  constructor(elements: readonly Element[], changed: () => void) {
    this.#elements = elements;
    this.#asked = new Set(elements);
    this.#changed = changed;
    const options: Options = { threshold: THRESHOLDS, trackVisibility: true, delay: DELAY_MILLISECONDS };
    this.#observer = new IntersectionObserver((entries) => this.#look(entries), options);
    for (const element of elements) this.#observer.observe(element);
    const dialog = elements[0]?.closest("dialog");
    if (dialog && !seesCovers()) this.#above = new TopLayerWatch(dialog);
  }

  /** What the person sees now. */
  get sight(): Sight {
    const isCovered = this.#covered.size > 0 || this.#above?.isCovered;
    if (isCovered || this.#elements.some((it) => isZoomed(it) || isUnderSomething(it))) return "covered";
    return this.#elements.every((element) => this.#isSeen(element)) ? "seen" : "unseen";
  }

  /** Looks anew: what is higher than the screen passes no threshold while it is scrolled through. */
  look(): Sight {
    for (const element of this.#elements) {
      if (this.#isSeen(element) || this.#asked.has(element)) continue;
      this.#asked.add(element);
      this.#observer.unobserve(element);
      this.#observer.observe(element);
    }
    return this.sight;
  }

  /** Looks no more. */
  stop(): void {
    this.#observer.disconnect();
    this.#above?.stop();
  }

  #look(entries: readonly Entry[]): void {
    for (const { target, isIntersecting, isVisible, boundingClientRect, intersectionRect } of entries) {
      this.#asked.delete(target);
      const isCovered = isIntersecting && isVisible === false;
      if (isCovered) this.#covered.add(target);
      else this.#covered.delete(target);
      if (!isIntersecting || isCovered || this.#above?.isCovered || isUnderSomething(target)) continue;
      const spans = this.#seen.get(target) ?? new Spans();
      spans.add(boundingClientRect, intersectionRect);
      this.#seen.set(target, spans);
    }
    this.#changed();
  }

  #isSeen(element: Element): boolean {
    return this.#seen.get(element)?.isWhole ?? false;
  }
}

/** Which parts of an element's height have been in sight. */
class Spans {
  /** In their order; none touches another. */
  #spans: readonly (readonly [top: number, bottom: number])[] = [];
  #width = 0;
  #height = 0;

  /** Whether they are all of it. */
  get isWhole(): boolean {
    const [first, ...more] = this.#spans;
    return first !== undefined && more.length === 0 && first[0] <= PIXEL && first[1] >= this.#height - PIXEL;
  }

  /** Adds what is in sight of all that there is. */
  add(all: DOMRectReadOnly, seen: DOMRectReadOnly): void {
    const isSame = Math.abs(all.width - this.#width) <= PIXEL && Math.abs(all.height - this.#height) <= PIXEL;
    // Drawn anew, its lines are elsewhere.
    if (!isSame) [this.#spans, this.#width, this.#height] = [[], all.width, all.height];
    if (all.height <= 0 || seen.width < all.width * WIDTH) return;
    let [top, bottom] = [seen.top - all.top, seen.bottom - all.top];
    const apart = this.#spans.filter(([above, below]) => below < top - PIXEL || above > bottom + PIXEL);
    for (const span of this.#spans) {
      if (!apart.includes(span)) [top, bottom] = [Math.min(top, span[0]), Math.max(bottom, span[1])];
    }
    this.#spans = [...apart, [top, bottom] as const].sort(([one], [other]) => one - other);
  }
}

/**
 * Whether an event is of the person's own hand, and on this very element: by a key, or at a point where nothing
 * else is.
 */
export function isByHand(event: Event, element: Element | null): boolean {
  if (!event.isTrusted || !element || !event.composedPath().includes(element)) return false;
  const { detail, clientX, clientY } = event as MouseEvent;
  // "If the event was not caused by a pointing device, detail is 0".
  if (!detail) return true;
  const hit = (element.getRootNode() as Document | ShadowRoot).elementFromPoint(clientX, clientY);
  return element.contains(hit);
}

/** Whether the page, not the person, draws an element larger or smaller: no rule of ours ends that. */
function isZoomed({ currentCSSZoom: zoom = 1 }: Element & { readonly currentCSSZoom?: number }): boolean {
  return Math.abs(zoom - 1) > 0.01;
}

/**
 * Whether something else would get a click on what is on the screen of an element. It is what browsers
 * without `trackVisibility` can say, and the last look of all others.
 */
function isUnderSomething(element: Element): boolean {
  const { left, width, top, bottom } = element.getBoundingClientRect();
  const scroller = element.closest("dialog")?.getBoundingClientRect();
  const [from, to] = [Math.max(top, scroller?.top ?? 0, 0), Math.min(bottom, scroller?.bottom ?? innerHeight, innerHeight)];
  const root = element.getRootNode() as Document | ShadowRoot;
  const lines = Math.max(0, Math.ceil((to - from) / LINE));
  for (let line = 0; line < lines; line += 1) {
    const y = from + ((line + 0.5) * (to - from)) / lines;
    for (const share of SHARES) {
      const x = left + width * share;
      if (x < 0 || x >= innerWidth) continue;
      const hit = root.elementFromPoint(x, y);
      if (!hit || !(element === hit || element.contains(hit) || hit.contains(element))) return true;
    }
  }
  return false;
}
