import type { RuleDescription } from '../../analyzers/analyzer.ts';

export const coverEndpointsRule: RuleDescription = {
  id: 'config/cover-endpoints',
  level: 'error',
  problem:
    'An operation of the service is probed by nothing, so a candidate on which it is broken would only be noticed by users.',
  remedy:
    'Declare what it is sent in `probes.data`, make it a step of a journey, or say in `probes.excused` why nothing can probe it; `evenkeel probe plan` shows the rest.',
};
