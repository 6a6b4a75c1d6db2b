/**
 * HAProxy's configuration as text. Two backends, blue and green, each hold one release; a release keeps its colour for
 * as long as it is routed, so that a promotion moves no connection.
 *
 * The one knob is `share` in knobs.map: 0..10000 sends that many basis points of the users to green, 20000..30000 sends
 * that many minus 20000 to blue, and the rest to the other. One value, so that a change is one write.
 *
 * What HAProxy's own statistics lack is counted in stick tables: in `asked` by colour the users' requests (gpc 0) and the
 * 5xx that pinned ones got (gpc 1), which are no user's; in `lat` the latency of users' answers by server (gpc 0..11 are
 * the answers above each of the histogram's bounds, which are few, 12 is all answers). Timeouts and retries are those
 * measured for a dead server to be noticed within a fraction of a second.
 *
 * A request with both a length and a transfer coding is read by its coding, as RFC 9112 (6.3) has it: the length is
 * dropped before an instance sees it, and the connection is closed after the answer.
 */
import { latencyBoundsMs, type InstanceLimit, type RouterSettings, type UserKey } from '../router.ts';

export const colours = ['blue', 'green'] as const;
export type Colour = (typeof colours)[number];
export const slotsPerColour = 16;

export interface ConfigInput {
  settings: RouterSettings;
  adminSocket: string;
  fallbackSocket: string;
  knobsMap: string;
  /** Colour to release digest, for the answer's header. */
  releasesMap: string;
  pinsMap: string;
  /** Ports by colour, by index: servers that are up from the start, so that a restart serves at once. */
  servers: Record<Colour, (number | null)[]>;
  limits: readonly InstanceLimit[];
  /** The colour whose requests go to the other one when all its instances are dead: the candidate's, never stable's. */
  fallbackFor: Colour | null;
}

/** A share as the one number that HAProxy reads. */
export function encodeShare(candidate: Colour, candidateBasisPoints: number): number {
  return candidate === 'green' ? candidateBasisPoints : 20_000 + candidateBasisPoints;
}

/** The pin map's value for a version that is not routed: it leads to no backend, so that the probe fails. */
export const nowhere = 'nowhere';

export function haproxyConfig(input: ConfigInput): string {
  const { publicPort, userKey, answerSeconds } = input.settings;
  const buckets = latencyBoundsMs.map(
    (bound, index) =>
      `    http-response sc-inc-gpc(${index},1) if { var(txn.elapsed_us) -m int gt ${bound * 1000} }`,
  );
  return `global
    nbthread 1
    maxconn 8192
    tune.bufsize 65536
    stats socket ${input.adminSocket} mode 600 level admin
    stats timeout 2m
    hard-stop-after 30s

defaults
    mode http
    timeout connect 100ms
    timeout client 75s
    timeout server ${answerSeconds}s
    timeout check 1s
    timeout http-request 10s
    timeout http-keep-alive 75s
    timeout queue 2s
    timeout tunnel 1h
    timeout client-fin 5s
    timeout server-fin 5s
    retries 8
    option redispatch 1
    retry-on conn-failure empty-response response-timeout 0rtt-rejected
    option forwardfor
    default-server check inter 500ms fastinter 100ms downinter 200ms fall 2 rise 1 observe layer4 error-limit 2 on-error mark-down

backend asked
    stick-table type string len 16 size 16 store gpc(2)

backend lat
    stick-table type string len 16 size 64 store gpc(13)

frontend fe
    bind 127.0.0.1:${publicPort}
    http-request set-var(txn.began_us) date(0,us)
    http-request set-var(txn.user) ${keyFetch(userKey)} if { ${keyFetch(userKey)} -m len gt 0 }
    http-request set-var(txn.user) req.cook(evenkeel_uid) if !{ var(txn.user) -m found } { req.cook(evenkeel_uid) -m len gt 0 }
    http-request set-var(txn.new) uuid()                   if !{ var(txn.user) -m found }
    http-request set-var(txn.user) var(txn.new)            if { var(txn.new) -m found }
    http-response add-header set-cookie "evenkeel_uid=%[var(txn.new)]; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax" if { var(txn.new) -m found }
    http-request set-var(txn.bucket) var(txn.user),crc32,mod(10000)
    http-request set-var(txn.share) str(share),map_str_int(${input.knobsMap},0)
    http-request set-var(txn.for_green) var(txn.share),sub(txn.bucket)
    http-request set-var(txn.for_blue)  var(txn.share),sub(20000),sub(txn.bucket)
    http-request set-var(txn.colour) str(blue)
    http-request set-var(txn.colour) str(green) if { var(txn.share) -m int lt 20000 } { var(txn.for_green) -m int gt 0 }
    http-request set-var(txn.colour) str(green) if { var(txn.share) -m int ge 20000 } !{ var(txn.for_blue) -m int gt 0 }
    http-request set-var(txn.pin) req.hdr(x-evenkeel-pin),map_str(${input.pinsMap})
    http-request set-var(txn.colour) var(txn.pin) if { var(txn.pin) -m found }
    http-request del-header x-evenkeel- -m beg
    http-request set-header x-evenkeel-strict 1 if { var(txn.pin) -m found }
    http-request track-sc0 var(txn.colour) table asked
    http-request sc-inc-gpc(0,0) if !{ var(txn.pin) -m found }
    http-response sc-inc-gpc(1,0) if { var(txn.pin) -m found } { status ge 500 }
    http-response set-var(txn.elapsed_us) date(0,us),sub(txn.began_us)
    http-response set-var(txn.server) srv_name
    http-response track-sc1 var(txn.colour),concat(.,txn.server) table lat if !{ var(txn.pin) -m found }
    http-response sc-inc-gpc(12,1)
${buckets.join('\n')}
    http-request return status 503 content-type text/plain string "that version is not routed" if { var(txn.colour) -m str ${nowhere} }
    use_backend be_green if { var(txn.colour) -m str green }
    default_backend be_blue

# Where the requests of a dead candidate go: to stable, unless they were pinned; and never back again.
frontend fe_from_blue
    bind unix@${input.fallbackSocket}.blue mode 600
    http-request return status 503 if { req.hdr(x-evenkeel-strict) -m found }
    http-request set-header x-evenkeel-strict 1
    http-request track-sc0 str(green) table asked
    http-request sc-inc-gpc(0,0)
    default_backend be_green

frontend fe_from_green
    bind unix@${input.fallbackSocket}.green mode 600
    http-request return status 503 if { req.hdr(x-evenkeel-strict) -m found }
    http-request set-header x-evenkeel-strict 1
    http-request track-sc0 str(blue) table asked
    http-request sc-inc-gpc(0,0)
    default_backend be_blue

${colours.map((colour) => backend(colour, input)).join('\n')}`;
}

function keyFetch(key: UserKey): string {
  return 'header' in key ? `req.fhdr(${key.header})` : `req.cook(${key.cookie})`;
}

function backend(colour: Colour, input: ConfigInput): string {
  const servers = Array.from({ length: slotsPerColour }, (_, index) => {
    const port = input.servers[colour][index] ?? null;
    const limit = input.limits.find((one) => one.port === port);
    const server = `    server s${index + 1} 127.0.0.1:${port ?? 1} weight ${limit?.weight ?? 100} maxconn ${limit?.maxConcurrent ?? 0}`;
    return port === null ? `${server} disabled` : server;
  });
  return `backend be_${colour}
    balance roundrobin
    option httpchk GET ${input.settings.healthPath}
    # An answer that is long in coming is what a stream of events is.
    http-request set-timeout server 1h if { req.hdr(accept) -m sub text/event-stream }
    http-request disable-l7-retry if !METH_GET !{ method HEAD OPTIONS } !{ req.hdr(idempotency-key) -m len gt 0 }
    # What came from the other version says so itself.
    http-response set-header x-evenkeel-release %[str(${colour}),map_str(${input.releasesMap})] if !{ srv_name -m str fallback }
${servers.join('\n')}
    server fallback unix@${input.fallbackSocket}.${colour} backup no-check${input.fallbackFor === colour ? '' : ' disabled'}
`;
}
