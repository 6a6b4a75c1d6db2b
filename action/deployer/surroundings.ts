/** Everything a rollout works on, opened once and closed once: target, router, audit log, incidents. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RolloutState } from '../../policies/rollout/state.ts';
import type { Release } from '../../stacks/exposure.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { loadTarget } from '../../stacks/load-target.ts';
import { routerSettingsOf } from '../../stacks/local/router-settings.ts';
import { connectRouter } from '../../stacks/local/router/connect-router.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import { planProbes, type Probe } from '../probes/plan-probes.ts';
import { recordStable, type JournalledRollout } from './deployment.ts';
import type { RolloutRecord } from './drive-rollout.ts';
import type { EffectsContext } from './effects.ts';
import { findPulumi } from './pulumi/find-pulumi.ts';
import { openStack, type StackDriver } from './pulumi/stack-driver.ts';
import { writeRelease } from './release.ts';
import { openRolloutAudit } from './rollout-audit.ts';
import type { StateDirectory } from './state-directory.ts';

export interface Surroundings {
  effects: EffectsContext;
  publicUrl: string;
  /** Puts a journalled record into the audit log as well. */
  audit(record: RolloutRecord, at: string): void;
  takeDown(): Promise<void>;
  close(): Promise<void>;
}
