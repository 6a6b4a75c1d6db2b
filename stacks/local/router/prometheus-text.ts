import type { RouterCounters, RouterShares } from './router.ts';

/** The counters in Prometheus' text format; `version` is the release's role at this moment, `release` its digest. */
export function formatPrometheus(counters: RouterCounters, shares: RouterShares): string {
  const versions = Object.entries(counters.versions).map(([release, count]) => {
    const role =
      release === shares.candidate?.release
        ? 'candidate'
        : release === shares.stable?.release
          ? 'stable'
          : 'retired';
    return { labels: `release="${escapeLabel(release)}",version="${role}"`, count };
  });
  const lines = [
    '# HELP evenkeel_requests_total Requests that were sent to a version.',
    '# TYPE evenkeel_requests_total counter',
    ...versions.map(({ labels, count }) => `evenkeel_requests_total{${labels}} ${count.requests}`),
    '# HELP evenkeel_errors_total Answers with a 5xx status, requests without an answer, requests sent again.',
    '# TYPE evenkeel_errors_total counter',
    ...versions.map(({ labels, count }) => `evenkeel_errors_total{${labels}} ${count.errors}`),
    '# HELP evenkeel_requests_in_flight Requests that a version has not answered yet.',
    '# TYPE evenkeel_requests_in_flight gauge',
    ...versions.map(({ labels, count }) => `evenkeel_requests_in_flight{${labels}} ${count.inFlight}`),
    '# HELP evenkeel_response_seconds Time to the head of the answer.',
    '# TYPE evenkeel_response_seconds histogram',
    ...versions.flatMap(({ labels, count: { latency } }) => [
      ...latency.boundsMs.map(
        (bound, index) =>
          `evenkeel_response_seconds_bucket{${labels},le="${bound / 1000}"} ${latency.counts[index] ?? 0}`,
      ),
      `evenkeel_response_seconds_bucket{${labels},le="+Inf"} ${latency.answered}`,
      `evenkeel_response_seconds_count{${labels}} ${latency.answered}`,
    ]),
    '# HELP evenkeel_candidate_share Share of the users who are sent to the candidate, as a fraction.',
    '# TYPE evenkeel_candidate_share gauge',
    `evenkeel_candidate_share ${shares.candidateBasisPoints / 10_000}`,
  ];
  return `${lines.join('\n')}\n`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
