/**
 * Property tests draw the same examples in every run, so that a run can be repeated; `EVENKEEL_SEED=random` draws new
 * ones, and `EVENKEEL_SEED=<number>` those that a failure named.
 */
import fc from 'fast-check';

const wanted = process.env['EVENKEEL_SEED'] ?? '20260105';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });
