import { RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';

/** How the time of a match grows with the text, in the worst case. */
interface PatternCost {
  /** A repetition inside a repetition: the time may grow exponentially. */
  isNested: boolean;
  /** Repetitions side by side: the time grows with this power of the length, and once more for the start. */
  repetitions: number;
}

const parser = new RegExpParser({ ecmaVersion: 2024 });
const costs = new Map<string, PatternCost>();
const maxCosts = 2000;
const maxSteps = 2e7;
const maxNestedLength = 22;

/**
 * Whether matching a text of this length may take too long. JavaScript's engine goes back and tries again, and nothing
 * stops it once it runs, so a pattern that may be hostile meets short texts only.
 */
export function mayRunLong(pattern: string, length: number): boolean {
  if (length <= maxNestedLength) return false;
  const { isNested, repetitions } = costOf(pattern);
  return isNested || Math.log(length) * (repetitions + 1) > Math.log(maxSteps);
}

function costOf(pattern: string): PatternCost {
  const known = costs.get(pattern);
  if (known !== undefined) return known;
  if (costs.size > maxCosts) costs.clear();
  const cost = measure(pattern);
  costs.set(pattern, cost);
  return cost;
}

function measure(pattern: string): PatternCost {
  const cost: PatternCost = { isNested: false, repetitions: 0 };
  let depth = 0;
  try {
    visitRegExpAST(parser.parsePattern(pattern, 0, pattern.length, { unicode: true }), {
      onQuantifierEnter: ({ min, max }) => {
        if (max < 10 || min === max) return;
        if (depth > 0) cost.isNested = true;
        depth += 1;
        cost.repetitions += 1;
      },
      onQuantifierLeave: ({ min, max }) => {
        if (max >= 10 && min !== max) depth -= 1;
      },
      onBackreferenceEnter: () => {
        cost.isNested = true;
      },
      onAlternativeEnter: ({ parent }) => {
        // Two ways through each round of a repetition: as bad as a repetition within.
        if (depth > 0 && parent.type === 'Group' && parent.alternatives.length > 1) cost.isNested = true;
        if (depth > 0 && parent.type === 'CapturingGroup' && parent.alternatives.length > 1) {
          cost.isNested = true;
        }
      },
    });
  } catch {
    // Only patterns that JavaScript knows without the u flag get here.
    return { isNested: true, repetitions: 1 };
  }
  return cost;
}
