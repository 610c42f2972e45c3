// How the components look: the same calm paper and ink as the server's pages; phone first.
import { css } from "lit";

export const style = css`
  :host {
    --primary: var(--kl-primary, light-dark(#2b3fae, #a9b8ff));
    --on-primary: var(--kl-on-primary, light-dark(#ffffff, #10163a));
    --surface: var(--kl-surface, light-dark(#ffffff, #16191f));
    --ink: var(--kl-on-surface, light-dark(#17191f, #eceef3));
    --ink-soft: var(--kl-on-surface-variant, light-dark(#555a66, #a6acb9));
    --line: light-dark(#858a95, #707785);
    --quiet: light-dark(#f5f4f0, #0d0f13);
    --success: light-dark(#17633f, #7fd8a8);
    --danger: light-dark(#a92418, #ff9d92);

    color-scheme: light dark;
    display: block;
    max-inline-size: 26rem;
    font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif;
    color: var(--ink);
    overflow-wrap: break-word;
  }

  :host([theme="light"]) { color-scheme: light; }
  :host([theme="dark"]) { color-scheme: dark; }
  :host([hidden]) { display: none; }

  * { box-sizing: border-box; }

  .screen {
    position: relative;
    display: grid;
    gap: 1rem;
    padding: 1.5rem;
    background: var(--surface);
    color: var(--ink);
    border-radius: 1.375rem;
  }

  .bare { border: 1px solid light-dark(#e5e3dc, #2a2f39); aspect-ratio: var(--kl-aspect-ratio, auto); align-content: center; }

  dialog {
    inline-size: min(26rem, calc(100vw - 1.5rem));
    max-block-size: calc(100dvh - 1.5rem);
    margin: auto;
    padding: 0;
    border: 0;
    border-radius: 1.375rem;
    overflow: auto;
    background: var(--surface);
    color: var(--ink);
  }

  dialog::backdrop { background: rgb(13 15 19 / 60%); }

  /*
   * What is approved looks as it does wherever it is shown: no rule, property or colour of the page that the
   * component is in changes it. What the dialog inherits of the page ends at its section; sizes are in px, as
   * rem is of the page. Only !important within a shadow tree wins over everything outside.
   */
  dialog.review > .screen {
    all: initial;
    position: relative;
    box-sizing: border-box;
    display: grid;
    gap: 16px;
    padding: 24px;
    background: var(--surface);
    color: var(--ink);
    font: 16px/1.5 system-ui, sans-serif;
    color-scheme: inherit;
    cursor: default;
    overflow-wrap: break-word;
  }

  dialog.review, dialog.review * {
    opacity: 1 !important;
    visibility: visible !important;
    filter: none !important;
    transform: none !important;
    -webkit-text-security: none !important;
    letter-spacing: normal !important;
    word-spacing: normal !important;
    text-indent: 0 !important;
    text-transform: none !important;
    text-shadow: none !important;
    font-variant: normal !important;
    direction: ltr;
  }

  dialog.review {
    --primary: light-dark(#2b3fae, #a9b8ff);
    --on-primary: light-dark(#ffffff, #10163a);
    --surface: light-dark(#ffffff, #16191f);
    --ink: light-dark(#17191f, #eceef3);
    --ink-soft: light-dark(#555a66, #a6acb9);
    --line: light-dark(#858a95, #707785);
    --quiet: light-dark(#f5f4f0, #0d0f13);
    --danger: light-dark(#a92418, #ff9d92);
    color-scheme: light dark;
    writing-mode: horizontal-tb;
    cursor: default;
    inline-size: min(416px, calc(100vw - 24px));
    max-block-size: calc(100dvh - 24px);
    border-radius: 22px;
    font: 16px/1.5 system-ui, sans-serif !important;
  }

  :host([theme="light"]) dialog.review { color-scheme: light; }
  :host([theme="dark"]) dialog.review { color-scheme: dark; }

  h2, p, ul, dl, dd { margin: 0; padding: 0; }
  ul { list-style: none; }

  h2 {
    padding-inline-end: 2rem;
    font-size: 1.375rem;
    line-height: 1.25;
    font-weight: 650;
    letter-spacing: -0.02em;
    text-wrap: balance;
  }

  h2:focus-visible { outline: 0; }

  .soft { color: var(--ink-soft); }

  button, input, select {
    inline-size: 100%;
    min-block-size: 48px;
    padding: 0.625rem 1rem;
    border: 1px solid var(--line);
    border-radius: 12px;
    background: transparent;
    color: inherit;
    font: inherit;
  }

  button { cursor: pointer; }
  button.main { border-color: transparent; background: var(--primary); color: var(--on-primary); font-weight: 600; }
  /* The text keeps its contrast: it says what is to be done before the button works. */
  button[aria-disabled="true"] { background: transparent; border: 1px dashed var(--line); color: var(--ink-soft); cursor: default; }
  :focus-visible { outline: 3px solid var(--primary); outline-offset: 2px; }

  .buttons { display: grid; gap: 0.625rem; }

  .close {
    position: absolute;
    inset-block-start: 0.75rem;
    inset-inline-end: 0.75rem;
    inline-size: 44px;
    min-block-size: 44px;
    padding: 0;
    border: 0;
    font-size: 1.25rem;
    line-height: 1;
  }

  .pairs { display: grid; gap: 0.75rem; padding: 1rem; border-radius: 12px; background: var(--quiet); }
  .pairs dt { color: var(--ink-soft); font-size: 0.875rem; }
  .pairs dd { font-size: 1.125rem; font-weight: 600; }
  .pairs dt, .pairs dd { white-space: pre-wrap; unicode-bidi: isolate; overflow-wrap: anywhere; }

  dialog.review h2 { padding-inline-end: 32px; font-size: 22px; }
  dialog.review button { padding: 10px 16px; }
  dialog.review .close { inset-block-start: 12px; inset-inline-end: 12px; padding: 0; font-size: 20px; }
  dialog.review .buttons { gap: 10px; }
  dialog.review .pairs { gap: 12px; padding: 16px; }
  dialog.review .pairs dt { font-size: 14px; }
  dialog.review .pairs dd { font-size: 18px; }

  .warning { color: var(--danger); font-weight: 600; }
  .consent { white-space: pre-wrap; unicode-bidi: isolate; overflow-wrap: anywhere; }
  .tips { display: grid; gap: 0.75rem; counter-reset: tip; }
  .tips li { display: grid; grid-template-columns: 2rem 1fr; counter-increment: tip; }
  .tips li::before { content: counter(tip); font-weight: 650; color: var(--primary); }

  .picture {
    position: relative;
    inline-size: 100%;
    aspect-ratio: var(--kl-camera-aspect-ratio, 3 / 4);
    overflow: hidden;
    border-radius: 18px;
    background: #0d0f13;
  }

  .picture video { inline-size: 100%; block-size: 100%; object-fit: cover; transform: scaleX(-1); }
  .picture svg { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; overflow: visible; }
  .shade { fill: rgb(13 15 19 / 62%); }
  .track { fill: none; stroke: rgb(255 255 255 / 55%); stroke-width: 1.2; }
  .done-part { fill: none; stroke: #7fd8a8; stroke-width: 2; stroke-linecap: round; transition: stroke-dashoffset 0.25s; }
  .face { fill: none; stroke: #ffffff; stroke-width: 0.7; stroke-dasharray: 2 2; transition: all 0.2s; }
  .face.far { stroke: #ffd479; }
  .arrow { fill: none; stroke: #ffffff; stroke-width: 2.6; stroke-linecap: round; stroke-linejoin: round; animation: nudge 1s ease-in-out infinite alternate; }

  @keyframes nudge { from { opacity: 0.4; } to { opacity: 1; } }

  .hint {
    min-block-size: 3.5rem;
    display: grid;
    place-items: center;
    text-align: center;
    font-size: 1.125rem;
    font-weight: 600;
    text-wrap: balance;
  }

  .mark { inline-size: 3.5rem; block-size: 3.5rem; fill: none; stroke: var(--success); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
  .mark.error { stroke: var(--danger); }
  .spinner { inline-size: 2.5rem; block-size: 2.5rem; border: 3px solid var(--line); border-block-start-color: var(--primary); border-radius: 50%; animation: turn 1s linear infinite; }

  @keyframes turn { to { rotate: 1turn; } }

  @media (prefers-reduced-motion: reduce) {
    * { animation: none !important; transition: none !important; }
  }
`;
