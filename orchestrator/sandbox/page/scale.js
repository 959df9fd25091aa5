// Where a number stands on a slider: logarithmic where the interesting part is small, with zero at the very left.

export const STEPS = 1000;

/** A logarithmic scale from `least` to `most`; the first step is zero. */
export function logarithmic(least, most) {
  const width = Math.log(most / least);
  return {
    toStep: (value) => value < least ? 0 : Math.round(1 + (Math.log(Math.min(value, most) / least) / width) * (STEPS - 1)),
    toValue: (step) => step <= 0 ? 0 : tidy(least * Math.exp(((step - 1) / (STEPS - 1)) * width)),
  };
}

export function linear(most, whole = false) {
  return {
    toStep: (value) => Math.round((Math.min(Math.max(value, 0), most) / most) * STEPS),
    toValue: (step) => whole ? Math.round((step / STEPS) * most) : tidy((step / STEPS) * most),
  };
}

/** Two significant figures, as a person would set it. */
function tidy(value) {
  return value === 0 ? 0 : Number(value.toPrecision(2));
}

/** A round number not below `value`: 1, 2 or 5 times a power of ten. */
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10);
}

export const percent = (rate) => `${Number((rate * 100).toPrecision(2))}%`;
