// PINs, by the rules that the server has (docs/recognize-protocol.md §3.4).

/** "A PIN has 6 to 12 digits, which are not all the same and not consecutive" */
export function isPin(text: string): boolean {
  if (!/^\d{6,12}$/.test(text)) return false;
  const digits = Array.from(text, Number);
  const steps = new Set(digits.slice(1).map((digit, at) => digit - (digits[at] ?? 0)));
  const [step] = steps;
  return !(steps.size === 1 && (step === 0 || step === 1 || step === -1));
}
