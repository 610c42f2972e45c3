// Whether all of something is in sight of the person: nothing approves what a page has covered.

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

/** Of an element's height, what must be in sight: borders may be off by a part of a pixel. */
const WHOLE = 0.98;

/**
 * Watches the rows of what is to be approved, and the button that approves: every row must have been in
 * sight, and none that is on the screen may be covered.
 */
export class SightWatch {
  readonly #elements: readonly Element[];
  readonly #changed: () => void;
  readonly #observer: IntersectionObserver;
  readonly #seen = new Set<Element>();
  readonly #covered = new Set<Element>();

  constructor(elements: readonly Element[], changed: () => void) {
    this.#elements = elements;
    this.#changed = changed;
    const options: Options = { threshold: [0, WHOLE, 1], trackVisibility: true, delay: DELAY_MILLISECONDS };
    this.#observer = new IntersectionObserver((entries) => this.#look(entries), options);
    for (const element of elements) this.#observer.observe(element);
  }

  /** What the person sees now. */
  get sight(): Sight {
    if (this.#covered.size > 0 || this.#elements.some((it) => isZoomed(it) || isUnderSomething(it))) return "covered";
    return this.#elements.every((element) => this.#seen.has(element)) ? "seen" : "unseen";
  }

  /** Looks no more. */
  stop(): void {
    this.#observer.disconnect();
  }

  #look(entries: readonly Entry[]): void {
    for (const { target, isIntersecting, intersectionRatio, isVisible } of entries) {
      const isCovered = isIntersecting && isVisible === false;
      if (isCovered) this.#covered.add(target);
      else this.#covered.delete(target);
      if (isIntersecting && !isCovered && intersectionRatio >= WHOLE) this.#seen.add(target);
    }
    this.#changed();
  }
}

/** Whether the page, not the person, draws an element larger or smaller: no rule of ours ends that. */
function isZoomed({ currentCSSZoom: zoom = 1 }: Element & { readonly currentCSSZoom?: number }): boolean {
  return Math.abs(zoom - 1) > 0.01;
}

/**
 * Whether something else would get a click in the middle of an element that is on the screen. It is what
 * browsers without `trackVisibility` can say, and the last look of all others.
 */
function isUnderSomething(element: Element): boolean {
  const { left, top, width, height } = element.getBoundingClientRect();
  const [x, y] = [left + width / 2, top + height / 2];
  const root = element.getRootNode() as Document | ShadowRoot;
  const hit = root.elementFromPoint(x, y);
  const isOnScreen = x >= 0 && y >= 0 && x < innerWidth && y < innerHeight && isWithinScroller(element, y);
  return isOnScreen && (!hit || !(element === hit || element.contains(hit) || hit.contains(element)));
}

/** Whether a point of an element is not scrolled away in what it scrolls in. */
function isWithinScroller(element: Element, y: number): boolean {
  const scroller = element.closest("dialog")?.getBoundingClientRect();
  return !scroller || (y >= scroller.top && y <= scroller.bottom);
}
