// What a page has put above a dialog of ours, for browsers that do not say whether something is covered. Only what is
// in the top layer can be there, and what came into it later is above. No click tells of it: beside a modal dialog all
// else is inert, so that clicks go through it.

/** What else is in the top layer. `:modal` is also what fills the screen. */
const IN_TOP_LAYER = ":popover-open, :modal";

/** Whether this browser says itself whether something is covered (IntersectionObserver v2). */
export function seesCovers(): boolean {
  return "isVisible" in IntersectionObserverEntry.prototype;
}

/** Watches what comes above a dialog, from when it was shown. */
export class TopLayerWatch {
  readonly #within = new Set<Node>();
  /** Popovers that were there before the dialog, and so are below. */
  readonly #below: Set<Element>;
  readonly #ended = new AbortController();

  constructor(dialog: Element) {
    for (let node: Node | null = dialog; node; node = parent(node)) this.#within.add(node);
    this.#below = new Set(document.querySelectorAll(":popover-open"));
    const options = { capture: true, signal: this.#ended.signal };
    // Whoever is hidden and shown again is above, even what the dialog is in.
    const raised = (element: Element) => [this.#below, this.#within].forEach((set) => set.delete(element));
    const toggled = ({ target }: Event) => this.#below.delete(target as Element);
    document.addEventListener("toggle", toggled, options);
    const opens = (event: Event) => event.target instanceof Element && isOpening(event) && raised(event.target);
    document.addEventListener("beforetoggle", opens, options);
    const filled = () => document.fullscreenElement && raised(document.fullscreenElement);
    document.addEventListener("fullscreenchange", filled, options);
  }

  /** Whether something may be above: wherever it is, as it may be drawn larger than it is. */
  get isCovered(): boolean {
    return inTopLayer(document).some((element) => !this.#within.has(element) && !this.#below.has(element));
  }

  /** Watches no more. */
  stop(): void {
    this.#ended.abort();
  }
}

function isOpening(event: Event): boolean {
  return "newState" in event && event.newState === "open";
}

/** What is in the top layer, also of components that can be looked into. */
function inTopLayer(root: Document | ShadowRoot): Element[] {
  const within = Array.from(root.querySelectorAll("*"), ({ shadowRoot }) => (shadowRoot ? inTopLayer(shadowRoot) : []));
  return [...root.querySelectorAll(IN_TOP_LAYER), ...within.flat()];
}

/** What a node is drawn in. */
function parent(node: Node): Node | null {
  const slot = node instanceof Element ? node.assignedSlot : null;
  return slot ?? node.parentNode ?? (node instanceof ShadowRoot ? node.host : null);
}
