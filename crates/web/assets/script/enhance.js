// Small comforts. Every page works without this file.
"use strict";

// Show or hide what was typed into a password field.
for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  const set = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-label", shown ? button.dataset.hide : button.dataset.show);
    button.classList.toggle("is-on", shown);
  };
  button.hidden = false;
  button.addEventListener("click", () => set(input.type === "password"));
  // Password managers and browsers expect a password field when the form is sent.
  input.form.addEventListener("submit", () => set(false));
}

// Send a one-time code as soon as its last digit is there; once, so that a correction is not sent half-way.
for (const note of document.querySelectorAll("[data-code-auto]")) {
  const input = document.getElementById(note.dataset.codeAuto);
  const length = Number(input.dataset.codeLength);
  let sent = false;
  note.hidden = false;
  input.addEventListener("input", () => {
    const digits = input.value.replace(/\s/g, "");
    if (sent || digits.length !== length || /\D/.test(digits)) return;
    sent = true;
    input.value = digits;
    input.form.requestSubmit(input.form.querySelector("[type=submit]"));
  });
}

// On a narrow screen the account menu scrolls: bring the current entry into view.
const current = document.querySelector(".account-nav [aria-current]");
if (current) {
  const nav = current.closest(".account-nav");
  nav.scrollLeft += current.getBoundingClientRect().left - (nav.clientWidth - current.clientWidth) / 2;
}

// Copy a text and say so.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const source = document.getElementById(button.dataset.copy);
  const status = document.querySelector(`[data-copy-status="${button.dataset.copy}"]`);
  button.hidden = false;
  button.addEventListener("click", async () => {
    const lines = () => [...source.querySelectorAll("li")].map((line) => line.textContent.trim()).join("\n");
    const whole = "copyLines" in button.dataset ? lines() : source.textContent.replace(/\s/g, "");
    await navigator.clipboard.writeText(whole);
    status.textContent = button.dataset.copied;
  });
}

// Print the page.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
  });
}

// Coming back by the Back button finds the forms ready again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});
