import { createRequire as evenkeelCreateRequire } from 'node:module';import { fileURLToPath as evenkeelFileURLToPath } from 'node:url';import { dirname as evenkeelDirname } from 'node:path';const require = evenkeelCreateRequire(import.meta.url);const __filename = evenkeelFileURLToPath(import.meta.url);const __dirname = evenkeelDirname(__filename);
import{a as g,b as j,c as x}from"./chunk-HBJEWDG7.js";import{b as U,c}from"./chunk-25M4MIHB.js";import{accessSync as Ae,constants as Oe}from"node:fs";import{delimiter as Ie,join as Te}from"node:path";import{spawn as se}from"node:child_process";import{mkdirSync as ie,openSync as ae,readFileSync as ue,rmSync as ce}from"node:fs";import{request as le}from"node:http";import{join as $}from"node:path";import{setTimeout as de}from"node:timers/promises";import{fileURLToPath as fe}from"node:url";function k(e){return U("port-in-use",`port ${e} on 127.0.0.1 is in use by another process; stop it (\`ss -ltnp sport = :${e}\` names it), or give the service another port under \`run.port\``)}import{setTimeout as ne}from"node:timers/promises";async function S(e,t,r){let o=performance.now()+r*1e3;for(;;){let{versions:n}=await e();if((n[t]?.inFlight??0)===0)return!0;if(performance.now()>=o)return!1;await ne(20)}}var J=10;async function P(e){let t=g($(e.directory,"control.sock")),r=await w(t,"GET","/identity",null).catch(()=>null);if(r?.directory!==e.directory||r.publicPort!==e.publicPort)return null;let o=()=>w(t,"GET","/counters",null);return{settings:e,metricsUrl:`http://127.0.0.1:${r.metricsPort}/metrics`,async apply(n){let s=await w(t,"PUT","/shares",n);B(s.candidateBasisPoints,n.candidateBasisPoints)},async setShare(n){let s=await w(t,"PUT","/share",n);B(s.candidateBasisPoints,n)},shares:()=>w(t,"GET","/shares",null),counters:o,waitUntilIdle:(n,s)=>S(o,n,s)}}async function G(e){let t=await P(e);if(t!==null)return t;ie(e.directory,{recursive:!0,mode:448});let r=$(e.directory,"start-error.json");ce(r,{force:!0});let o=ae($(e.directory,"router.log"),"a",384),n=se(process.execPath,[me(),JSON.stringify(e)],{detached:!0,stdio:["ignore",o,o]});n.unref();let s=performance.now()+J*1e3;for(;performance.now()<s;){let i=await P(e);if(i!==null)return i;if(n.exitCode!==null)throw pe(e,r);await de(20)}throw c("router-not-started",`the embedded router did not start within ${J} s; see ${e.directory}/router.log`,!0)}async function L(e){let t=g($(e.directory,"control.sock"));await P(e)!==null&&await w(t,"POST","/stop",null)}function me(){let e=import.meta.url.endsWith(".ts")?"./embedded-main.ts":"./embedded-router.js";return fe(new URL(e,import.meta.url))}function pe(e,t){let r="";try{let o=JSON.parse(ue(t,"utf8"));if(o.code==="EADDRINUSE")return k(e.publicPort);r=`: ${o.message}`}catch{}return c("router-not-started",`the embedded router ended at once${r}; see ${e.directory}/router.log`,!1)}function B(e,t){if(e!==t)throw c("share-not-live",`the router reports ${e} basis points instead of ${t}; see its log`,!0)}function w(e,t,r,o){return new Promise((n,s)=>{let i=le({socketPath:e,method:t,path:r,timeout:5e3},a=>{let u="";a.setEncoding("utf8").on("data",l=>u+=l),a.on("end",()=>{a.statusCode===200?n(JSON.parse(u)):s(c("router-refused",`the router refused ${t} ${r}: ${u}`,!1))})});i.on("timeout",()=>i.destroy(new Error("no answer within 5 s"))),i.on("error",a=>{s(c("router-unreachable",`the router does not answer on its socket (${a.message}); start it with \`evenkeel deploy --resume\``,!0))}),i.end(o===null?void 0:JSON.stringify(o))})}import{spawn as D}from"node:child_process";import{existsSync as z,mkdirSync as xe,openSync as we,readFileSync as N,renameSync as ve,rmSync as F,writeFileSync as ke}from"node:fs";import{connect as Pe}from"node:net";import{join as X}from"node:path";import{setTimeout as Q}from"node:timers/promises";import{fileURLToPath as Se}from"node:url";var f=["blue","green"],R=16;function H(e,t){return e==="green"?t:2e4+t}var C="nowhere";function K(e){let t=x.map((r,o)=>`    http-response sc-inc-gpc(${o},0) if { var(txn.elapsed_us) -m int le ${r*1e3} }`);return`global
    nbthread 1
    maxconn 8192
    tune.bufsize 65536
    stats socket ${e.adminSocket} mode 600 level admin
    stats timeout 2m
    hard-stop-after 30s

defaults
    mode http
    timeout connect 100ms
    timeout client 75s
    timeout server 75s
    timeout http-request 10s
    timeout http-keep-alive 75s
    timeout queue 2s
    timeout tunnel 1h
    timeout client-fin 5s
    timeout server-fin 5s
    retries 8
    option redispatch 1
    retry-on conn-failure empty-response 0rtt-rejected
    default-server check inter 500ms fastinter 100ms downinter 200ms fall 2 rise 1 observe layer4 error-limit 2 on-error mark-down

backend lat
    stick-table type string len 16 size 16 store gpc(14)

frontend fe
    bind 127.0.0.1:${e.publicPort}
    http-request set-var(txn.began_us) date(0,us)
    http-request set-var(txn.user) req.fhdr(x-user)        if { req.fhdr(x-user) -m len gt 0 }
    http-request set-var(txn.user) req.cook(evenkeel_uid)  if !{ var(txn.user) -m found } { req.cook(evenkeel_uid) -m len gt 0 }
    http-request set-var(txn.new) uuid()                   if !{ var(txn.user) -m found }
    http-request set-var(txn.user) var(txn.new)            if { var(txn.new) -m found }
    http-response add-header set-cookie "evenkeel_uid=%[var(txn.new)]; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax" if { var(txn.new) -m found }
    http-request set-var(txn.bucket) var(txn.user),crc32,mod(10000)
    http-request set-var(txn.share) str(share),map_str_int(${e.knobsMap},0)
    http-request set-var(txn.for_green) var(txn.share),sub(txn.bucket)
    http-request set-var(txn.for_blue)  var(txn.share),sub(20000),sub(txn.bucket)
    http-request set-var(txn.colour) str(blue)
    http-request set-var(txn.colour) str(green) if { var(txn.share) -m int lt 20000 } { var(txn.for_green) -m int gt 0 }
    http-request set-var(txn.colour) str(green) if { var(txn.share) -m int ge 20000 } !{ var(txn.for_blue) -m int gt 0 }
    http-request set-var(txn.pin) req.hdr(x-evenkeel-pin),map_str(${e.pinsMap})
    http-request set-var(txn.colour) var(txn.pin) if { var(txn.pin) -m found }
    http-request del-header x-evenkeel-pin
    http-request del-header x-evenkeel-strict
    http-request set-header x-evenkeel-strict 1 if { var(txn.pin) -m found }
    http-request track-sc0 var(txn.colour) table lat
    http-request sc-inc-gpc(13,0)
    http-response set-var(txn.elapsed_us) date(0,us),sub(txn.began_us)
    http-response sc-inc-gpc(12,0)
${t.join(`
`)}
    http-request return status 503 content-type text/plain string "that version is not routed" if { var(txn.colour) -m str ${C} }
    use_backend be_green if { var(txn.colour) -m str green }
    default_backend be_blue

# Where the requests of a dead candidate go: to stable, unless they were pinned; and never back again.
frontend fe_from_blue
    bind unix@${e.fallbackSocket}.blue mode 600
    http-request return status 503 if { req.hdr(x-evenkeel-strict) -m found }
    http-request set-header x-evenkeel-strict 1
    default_backend be_green

frontend fe_from_green
    bind unix@${e.fallbackSocket}.green mode 600
    http-request return status 503 if { req.hdr(x-evenkeel-strict) -m found }
    http-request set-header x-evenkeel-strict 1
    default_backend be_blue

${f.map(r=>he(r,e)).join(`
`)}`}function he(e,t){let r=Array.from({length:R},(o,n)=>{let s=t.servers[e][n];return`    server s${n+1} 127.0.0.1:${s??1}${s===void 0?" disabled":""}`});return`backend be_${e}
    balance roundrobin
    option httpchk GET ${t.healthPath}
    http-request disable-l7-retry if !METH_GET !{ method HEAD OPTIONS } !{ req.hdr(idempotency-key) -m found }
    http-response set-header x-evenkeel-release %[str(${e}),map_str(${t.releasesMap})]
${r.join(`
`)}
    server fallback unix@${t.fallbackSocket}.${e} backup no-check${t.fallbackFor===e?"":" disabled"}
`}import{connect as be}from"node:net";function h(e,t){return new Promise((r,o)=>{let n=be(e),s="";n.setEncoding("utf8").setTimeout(5e3,()=>n.destroy(new Error("no answer within 5 s"))),n.on("data",i=>s+=i),n.once("error",i=>o(c("router-unreachable",`HAProxy does not answer on its socket (${i.message}); start it with \`evenkeel deploy --resume\``,!0))),n.once("end",()=>r(s)),n.once("connect",()=>n.write(`${t}
`))})}async function E(e){let t=await h(e,"show stat;show table lat"),r=ye(t),o=ge(t),n=s=>{let i=r.get(`be_${s}/BACKEND`),a=r.get(`be_${s}/fallback`),u=o.get(s)??[],l=(y,v)=>Number(y?.[v]??0)||0,d=u[13]??0,m=l(i,"wretr")+l(i,"wredis")+l(a,"stot");return{requests:d,errors:Math.min(d,l(i,"hrsp_5xx")+m),inFlight:l(i,"scur"),answered:u[12]??0,latency:x.map((y,v)=>u[v]??0)}};return{blue:n("blue"),green:n("green")}}function ye(e){let t=new Map,r=[];for(let o of e.split(`
`))if(o.startsWith("# pxname"))r=o.slice(2).split(",");else if(r.length>0&&o.includes(",")){let n=o.split(","),s=Object.fromEntries(r.map((i,a)=>[i,n[a]??""]));t.set(`${s.pxname??""}/${s.svname??""}`,s)}return t}function ge(e){let t=new Map;for(let r of e.split(`
`)){let o=/\bkey=(\w+)/.exec(r)?.[1];if(o===void 0||!f.some(s=>s===o))continue;let n=[];for(let s of r.matchAll(/\bgpc(\d+)=(\d+)/g))n[Number(s[1])]=Number(s[2]);t.set(o,n)}return t}var V=10;async function _(e){let t=O(e),r=T(t);return r?.publicPort!==e.publicPort?null:(await h(t.admin,"show info").catch(()=>"")).includes("Name: HAProxy")?ee(e,t,r.metricsPort):null}async function Y(e,t){let r=await _(e);if(r!==null)return r;if(await Fe(e.publicPort))throw k(e.publicPort);let o=O(e);xe(e.directory,{recursive:!0,mode:448});let n=T(o),s={publicPort:e.publicPort,shares:n?.shares??j,slots:{blue:W(n?.slots.blue),green:W(n?.slots.green)},metricsPort:0};I(o,s);let i=p(s,s.shares.candidate?.release),a=K({publicPort:e.publicPort,healthPath:e.healthPath,adminSocket:o.admin,fallbackSocket:o.fallback,knobsMap:o.knobs,releasesMap:o.releases,pinsMap:o.pins,servers:{blue:s.slots.blue.ports.flatMap(u=>u??[]),green:s.slots.green.ports.flatMap(u=>u??[])},fallbackFor:i});return b(o.config,a),await Me(t,e,o),s.metricsPort=await Ne(e),b(o.state,JSON.stringify(s)),ee(e,o,s.metricsPort)}async function Z(e){let t=O(e);if(await _(e)===null)return;let r=await h(t.admin,"show info"),o=Number(/^Pid: (\d+)$/m.exec(r)?.[1]);o>0&&process.kill(o,"SIGUSR1"),F(t.admin,{force:!0})}function ee(e,t,r){let o=async()=>{let n=q(t),s=await E(t.admin),i={};for(let a of f){let{release:u,before:l}=n.slots[a];u!==null&&(i[u]=Ee(s[a],l))}return{versions:i}};return{settings:e,metricsUrl:`http://127.0.0.1:${r}/metrics`,apply:n=>$e(t,n),setShare:n=>Re(t,n),shares:()=>Promise.resolve(q(t).shares),counters:o,waitUntilIdle:(n,s)=>S(o,n,s)}}async function $e(e,t){let r=q(e),o=await E(e.admin);Ce(r,t,o);let n=[];for(let a of[t.stable,t.candidate]){if(a===null)continue;let u=_e(r,a.release),l=r.slots[u];for(let d of a.ports){if(l.ports.includes(d))continue;let m=l.ports.findIndex(v=>v===null);if(m===-1)throw c("router-full",`the router has room for ${R} instances of a version at a time; deploy fewer under \`run.instances\``,!1);l.ports[m]=d;let y=`be_${u}/s${m+1}`;n.push(`set server ${y} addr 127.0.0.1 port ${d}`,`set server ${y} health up`,`set server ${y} state ready`)}}let s=p(r,t.candidate?.release);for(let a of f)n.push(`set server be_${a}/fallback state ${a===s?"ready":"maint"}`),n.push(`set map ${e.releases} ${a} ${r.slots[a].release??"none"}`);await M(e,n),await qe(e,r,t),r.shares=t,await te(e,A(r));let i=[];for(let a of f){let u=r.slots[a],l=[t.stable,t.candidate].find(d=>d?.release===u.release);u.ports.forEach((d,m)=>{d===null||l?.ports.includes(d)===!0||(u.ports[m]=null,i.push(`set server be_${a}/s${m+1} state maint`))})}await M(e,i),I(e,r),b(e.state,JSON.stringify(r))}async function Re(e,t){let r=q(e);r.shares={...r.shares,candidateBasisPoints:t},await te(e,A(r)),I(e,r),b(e.state,JSON.stringify(r))}async function te(e,t){let r=await h(e.admin,`set map ${e.knobs} share ${t};show map ${e.knobs}`),o=Number(/ share (\d+)$/m.exec(r)?.[1]??Number.NaN);if(o!==t)throw c("share-not-live",`HAProxy reports the share ${o} instead of ${t}; see ${e.log}`,!0)}function A(e){let{candidate:t,stable:r,candidateBasisPoints:o}=e.shares,n=p(e,t?.release);return n!==null?H(n,o):H(He(p(e,r?.release)??"blue"),0)}function Ce(e,t,r){let o=[t.stable?.release,t.candidate?.release];for(let n of o){if(n===void 0||p(e,n)!==null)continue;let s=f.find(i=>!o.includes(e.slots[i].release??""));if(s===void 0)throw c("router-full","both colours hold a release that is still wanted",!1);e.slots[s]={release:n,ports:e.slots[s].ports,before:r[s]}}}async function qe(e,t,r){let o=t.shares.pins,n=[o.stable,o.candidate].filter(s=>s!==""&&s!==r.pins.stable&&s!==r.pins.candidate).map(s=>`del map ${e.pins} ${s}`);for(let[s,i]of re(t,r)){let a=s===o.stable||s===o.candidate;n.push(`${a?"set":"add"} map ${e.pins} ${s} ${i}`)}await M(e,n)}function re(e,t){return[[t.pins.stable,p(e,t.stable?.release)??C],[t.pins.candidate,p(e,t.candidate?.release)??C]].filter(([o])=>/^[\w-]+$/.test(o))}async function M(e,t){if(t.length===0)return;let o=(await h(e.admin,t.join(";"))).split(`
`).find(n=>/not found|No such|Unknown|invalid|required|denied/i.test(n));if(o!==void 0)throw c("router-refused",`HAProxy refused a change: ${o.trim()}; see ${e.log}`,!0)}function p(e,t){return f.find(r=>t!==void 0&&e.slots[r].release===t)??null}function _e(e,t){let r=p(e,t);if(r===null)throw new Error(`no colour for ${t}`);return r}function He(e){return e==="blue"?"green":"blue"}function W(e){let t=e?.ports.filter(o=>o!==null)??[],r=Array.from({length:R-t.length},()=>null);return{release:e?.release??null,ports:[...t,...r],before:null}}function Ee(e,t){let r=(o,n)=>Math.max(0,o-(n??0));return{requests:r(e.requests,t?.requests),errors:r(e.errors,t?.errors),inFlight:e.inFlight,latency:{boundsMs:x,counts:e.latency.map((o,n)=>r(o,t?.latency[n])),answered:r(e.answered,t?.answered)}}}async function Me(e,t,r){let o=we(r.log,"a",384);F(r.admin,{force:!0});let n=D(e,["-db","-f",r.config],{detached:!0,stdio:["ignore",o,o]}),s=[];n.once("error",a=>s.push(a)),n.unref();let i=performance.now()+V*1e3;for(;performance.now()<i;){if((await h(r.admin,"show info").catch(()=>"")).includes("Name: HAProxy"))return;if(n.exitCode!==null||s.length>0){if(N(r.log,"utf8").includes("Address already in use"))throw k(t.publicPort);break}await Q(20)}throw c("router-not-started",`HAProxy did not start; see ${r.log}`,!1)}async function Ne(e){let t=import.meta.url.endsWith(".ts")?"./metrics-main.ts":"./router-metrics.js",r=X(e.directory,"metrics-port");F(r,{force:!0});let o=D(process.execPath,[Se(new URL(t,import.meta.url)),JSON.stringify(e)],{detached:!0,stdio:"ignore"});o.unref();let n=performance.now()+V*1e3;for(;performance.now()<n&&o.exitCode===null;){if(z(r))return Number(N(r,"utf8"));await Q(20)}throw c("metrics-not-started",`the router's metrics server did not start; see ${e.directory}`,!0)}function Fe(e){return new Promise(t=>{let r=Pe(e,"127.0.0.1");r.once("connect",()=>{r.destroy(),t(!0)}),r.once("error",()=>t(!1))})}function O(e){let t=r=>X(e.directory,r);return{admin:g(t("admin.sock")),fallback:g(t("fallback.sock")),knobs:t("knobs.map"),releases:t("releases.map"),pins:t("pins.map"),config:t("haproxy.cfg"),state:t("haproxy-state.json"),log:t("router.log")}}function I(e,t){b(e.knobs,`share ${A(t)}
`),b(e.releases,f.map(r=>`${r} ${t.slots[r].release??"none"}
`).join("")),b(e.pins,re(t,t.shares).map(([r,o])=>`${r} ${o}
`).join(""))}function b(e,t){let r=`${e}.${process.pid}.tmp`;ke(r,t,{mode:384}),ve(r,e)}function T(e){return z(e.state)?JSON.parse(N(e.state,"utf8")):null}function q(e){let t=T(e);if(t===null)throw c("router-unreachable",`${e.state} is missing; start the router with \`evenkeel deploy --resume\``,!0);return t}async function Ct(e){return e.kind==="haproxy"?await Y(e,Ue()):await G(e)}async function qt(e){let t=e.kind==="haproxy"?await _(e):await P(e);if(t!==null)return t;throw c("router-unreachable",`no router runs for port ${e.publicPort}; start it with \`evenkeel deploy --resume\``,!0)}async function _t(e){e.kind==="haproxy"?await Z(e):await L(e)}function Ht(e,t){return e!=="auto"?e:oe(t)===null?"embedded":"haproxy"}function oe(e){let t=[...(e.PATH??"").split(Ie),"/usr/sbin","/usr/local/sbin"];for(let r of t){if(r==="")continue;let o=Te(r,"haproxy");try{return Ae(o,Oe.X_OK),o}catch{}}return null}function Ue(){let e=oe(process.env);if(e!==null)return e;throw c("haproxy-missing","the policy asks for HAProxy, and there is no `haproxy` on PATH or in /usr/sbin; install it, or set `run.router: embedded`",!1)}export{Ct as a,qt as b,_t as c,Ht as d};
