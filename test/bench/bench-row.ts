/** One promised figure: what was measured, and whether the goal was reached. */
export interface BenchRow {
  name: string;
  value: number;
  unit: string;
  goal: string;
  isMet: boolean;
  detail?: string;
}
