/** 300 as `5 min`, 2592000 as `30 d`; with at most one decimal, and less than a minute in seconds. */
export function describeSeconds(seconds: number): string {
  const [unit, length] =
    seconds >= 86_400
      ? (['d', 86_400] as const)
      : seconds >= 3600
        ? (['h', 3600] as const)
        : seconds >= 60
          ? (['min', 60] as const)
          : (['s', 1] as const);
  return `${rounded(seconds / length, 1)} ${unit}`;
}

/** 0.35 as `35 %`, with at most two decimals. */
export function describeFraction(fraction: number): string {
  return `${rounded(fraction * 100, 2)} %`;
}

/** A burn rate or a count, with at most two decimals. */
export function describeNumber(value: number): string {
  return rounded(value, 2);
}

function rounded(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}
