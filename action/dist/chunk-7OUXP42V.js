import { createRequire as evenkeelCreateRequire } from 'node:module';import { fileURLToPath as evenkeelFileURLToPath } from 'node:url';import { dirname as evenkeelDirname } from 'node:path';const require = evenkeelCreateRequire(import.meta.url);const __filename = evenkeelFileURLToPath(import.meta.url);const __dirname = evenkeelDirname(__filename);
import{b as j,c}from"./chunk-25M4MIHB.js";import{a as g,b as J,c as x}from"./chunk-X45WTHLJ.js";import{accessSync as Oe,constants as Te}from"node:fs";import{delimiter as Ue,join as je}from"node:path";import{spawn as se}from"node:child_process";import{mkdirSync as ie,openSync as ae,readFileSync as ue,rmSync as ce}from"node:fs";import{request as le}from"node:http";import{join as $}from"node:path";import{setTimeout as de}from"node:timers/promises";import{fileURLToPath as fe}from"node:url";function P(e){return j("port-in-use",`port ${e} on 127.0.0.1 is in use by another process; stop it (\`ss -ltnp sport = :${e}\` names it), or give the service another port under \`run.port\``)}import{setTimeout as ne}from"node:timers/promises";async function S(e,t,r){let o=performance.now()+r*1e3;for(;;){let{versions:n}=await e();if((n[t]?.inFlight??0)===0)return!0;if(performance.now()>=o)return!1;await ne(20)}}var B=10;async function k(e){let t=g($(e.directory,"control.sock")),r=await w(t,"GET","/identity",null).catch(()=>null);if(r?.directory!==e.directory||r.publicPort!==e.publicPort)return null;let o=()=>w(t,"GET","/counters",null);return{settings:e,metricsUrl:`http://127.0.0.1:${r.metricsPort}/metrics`,async apply(n){let s=await w(t,"PUT","/shares",n);G(s.candidateBasisPoints,n.candidateBasisPoints)},async setShare(n){let s=await w(t,"PUT","/share",n);G(s.candidateBasisPoints,n)},shares:()=>w(t,"GET","/shares",null),counters:o,waitUntilIdle:(n,s)=>S(o,n,s)}}async function L(e){let t=await k(e);if(t!==null)return t;ie(e.directory,{recursive:!0,mode:448});let r=$(e.directory,"start-error.json");ce(r,{force:!0});let o=ae($(e.directory,"router.log"),"a",384),n=se(process.execPath,[me(),JSON.stringify(e)],{detached:!0,stdio:["ignore",o,o]});n.unref();let s=performance.now()+B*1e3;for(;performance.now()<s;){let a=await k(e);if(a!==null)return a;if(n.exitCode!==null)throw pe(e,r);await de(20)}throw c("router-not-started",`the embedded router did not start within ${B} s; see ${e.directory}/router.log`,!0)}async function K(e){let t=g($(e.directory,"control.sock"));await k(e)!==null&&await w(t,"POST","/stop",null)}function me(){let e=import.meta.url.endsWith(".ts")?"./embedded-main.ts":"./embedded-router.js";return fe(new URL(e,import.meta.url))}function pe(e,t){let r="";try{let o=JSON.parse(ue(t,"utf8"));if(o.code==="EADDRINUSE")return P(e.publicPort);r=`: ${o.message}`}catch{}return c("router-not-started",`the embedded router ended at once${r}; see ${e.directory}/router.log`,!1)}function G(e,t){if(e!==t)throw c("share-not-live",`the router reports ${e} basis points instead of ${t}; see its log`,!0)}function w(e,t,r,o){return new Promise((n,s)=>{let a=le({socketPath:e,method:t,path:r,timeout:5e3},i=>{let u="";i.setEncoding("utf8").on("data",l=>u+=l),i.on("end",()=>{i.statusCode===200?n(JSON.parse(u)):s(c("router-refused",`the router refused ${t} ${r}: ${u}`,!1))})});a.on("timeout",()=>a.destroy(new Error("no answer within 5 s"))),a.on("error",i=>{s(c("router-unreachable",`the router does not answer on its socket (${i.message}); start it with \`evenkeel deploy --resume\``,!0))}),a.end(o===null?void 0:JSON.stringify(o))})}import{spawn as z}from"node:child_process";import{existsSync as X,mkdirSync as xe,openSync as we,readFileSync as N,renameSync as ve,rmSync as F,writeFileSync as Pe}from"node:fs";import{connect as ke}from"node:net";import{join as Q}from"node:path";import{setTimeout as A}from"node:timers/promises";import{fileURLToPath as Se}from"node:url";var f=["blue","green"],R=16;function E(e,t){return e==="green"?t:2e4+t}var C="nowhere";function W(e){let t=x.map((r,o)=>`    http-response sc-inc-gpc(${o},0) if { var(txn.elapsed_us) -m int le ${r*1e3} }`);return`global
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
`}import{connect as be}from"node:net";function h(e,t){return new Promise((r,o)=>{let n=be(e),s="";n.setEncoding("utf8").setTimeout(5e3,()=>n.destroy(new Error("no answer within 5 s"))),n.on("data",a=>s+=a),n.once("error",a=>o(c("router-unreachable",`HAProxy does not answer on its socket (${a.message}); start it with \`evenkeel deploy --resume\``,!0))),n.once("end",()=>r(s)),n.once("connect",()=>n.write(`${t}
`))})}async function q(e){let t=await h(e,"show stat;show table lat"),r=ye(t),o=ge(t),n=s=>{let a=r.get(`be_${s}/BACKEND`),i=r.get(`be_${s}/fallback`),u=o.get(s)??[],l=(y,v)=>Number(y?.[v]??0)||0,d=u[13]??0,m=l(a,"wretr")+l(a,"wredis")+l(i,"stot");return{requests:d,errors:Math.min(d,l(a,"hrsp_5xx")+m),inFlight:l(a,"scur"),answered:u[12]??0,latency:x.map((y,v)=>u[v]??0)}};return{blue:n("blue"),green:n("green")}}function ye(e){let t=new Map,r=[];for(let o of e.split(`
`))if(o.startsWith("# pxname"))r=o.slice(2).split(",");else if(r.length>0&&o.includes(",")){let n=o.split(","),s=Object.fromEntries(r.map((a,i)=>[a,n[i]??""]));t.set(`${s.pxname??""}/${s.svname??""}`,s)}return t}function ge(e){let t=new Map;for(let r of e.split(`
`)){let o=/\bkey=(\w+)/.exec(r)?.[1];if(o===void 0||!f.some(s=>s===o))continue;let n=[];for(let s of r.matchAll(/\bgpc(\d+)=(\d+)/g))n[Number(s[1])]=Number(s[2]);t.set(o,n)}return t}var V=10;async function H(e){let t=O(e),r=U(t);return r?.publicPort!==e.publicPort?null:(await h(t.admin,"show info").catch(()=>"")).includes("Name: HAProxy")?ee(e,t,r.metricsPort):null}async function Y(e,t){let r=await H(e);if(r!==null)return r;if(await Ie(e.publicPort))throw P(e.publicPort);let o=O(e);xe(e.directory,{recursive:!0,mode:448});let n=U(o),s={publicPort:e.publicPort,shares:n?.shares??J,slots:{blue:D(n?.slots.blue),green:D(n?.slots.green)},metricsPort:0};T(o,s);let a=p(s,s.shares.candidate?.release),i=W({publicPort:e.publicPort,healthPath:e.healthPath,adminSocket:o.admin,fallbackSocket:o.fallback,knobsMap:o.knobs,releasesMap:o.releases,pinsMap:o.pins,servers:{blue:s.slots.blue.ports.flatMap(u=>u??[]),green:s.slots.green.ports.flatMap(u=>u??[])},fallbackFor:a});return b(o.config,i),await Fe(t,e,o),s.metricsPort=await Ae(e),b(o.state,JSON.stringify(s)),ee(e,o,s.metricsPort)}async function Z(e){let t=O(e);if(await H(e)===null)return;let r=await h(t.admin,"show info"),o=Number(/^Pid: (\d+)$/m.exec(r)?.[1]);o>0&&process.kill(o,"SIGUSR1"),F(t.admin,{force:!0})}function ee(e,t,r){let o=async()=>{let n=_(t),s=await q(t.admin),a={};for(let i of f){let{release:u,before:l}=n.slots[i];u!==null&&(a[u]=Ne(s[i],l))}return{versions:a}};return{settings:e,metricsUrl:`http://127.0.0.1:${r}/metrics`,apply:n=>$e(t,n),setShare:n=>qe(t,n),shares:()=>Promise.resolve(_(t).shares),counters:o,waitUntilIdle:(n,s)=>S(o,n,s)}}async function $e(e,t){let r=_(e),o=await q(e.admin);_e(r,t,o);let n=[];for(let i of[t.stable,t.candidate]){if(i===null)continue;let u=Ee(r,i.release),l=r.slots[u];for(let d of i.ports){if(l.ports.includes(d))continue;let m=l.ports.findIndex(v=>v===null);if(m===-1)throw c("router-full",`the router has room for ${R} instances of a version at a time; deploy fewer under \`run.instances\``,!1);l.ports[m]=d;let y=`be_${u}/s${m+1}`;n.push(`set server ${y} addr 127.0.0.1 port ${d}`,`set server ${y} health up`,`set server ${y} state ready`)}}let s=p(r,t.candidate?.release);s!==null&&n.push(`set server be_${s}/fallback state ready`);for(let i of f)n.push(`set map ${e.releases} ${i} ${r.slots[i].release??"none"}`);await M(e,n),await He(e,r,t),r.shares=t,await te(e,I(r));let a=[];for(let i of f)i!==s&&(await Ce(e,i,r.slots[i].release===t.stable?.release),a.push(`set server be_${i}/fallback state maint`));for(let i of f){let u=r.slots[i],l=[t.stable,t.candidate].find(d=>d?.release===u.release);u.ports.forEach((d,m)=>{d===null||l?.ports.includes(d)===!0||(u.ports[m]=null,a.push(`set server be_${i}/s${m+1} state maint`))})}await M(e,a),T(e,r),b(e.state,JSON.stringify(r))}var Re=1e3;async function Ce(e,t,r){let o=performance.now()+Re;for(;!r&&performance.now()<o;){if((await q(e.admin))[t].inFlight===0)return;await A(10)}}async function qe(e,t){let r=_(e);r.shares={...r.shares,candidateBasisPoints:t},await te(e,I(r)),T(e,r),b(e.state,JSON.stringify(r))}async function te(e,t){let r=await h(e.admin,`set map ${e.knobs} share ${t};show map ${e.knobs}`),o=Number(/ share (\d+)$/m.exec(r)?.[1]??Number.NaN);if(o!==t)throw c("share-not-live",`HAProxy reports the share ${o} instead of ${t}; see ${e.log}`,!0)}function I(e){let{candidate:t,stable:r,candidateBasisPoints:o}=e.shares,n=p(e,t?.release);return n!==null?E(n,o):E(Me(p(e,r?.release)??"blue"),0)}function _e(e,t,r){let o=[t.stable?.release,t.candidate?.release];for(let n of o){if(n===void 0||p(e,n)!==null)continue;let s=f.find(a=>!o.includes(e.slots[a].release??""));if(s===void 0)throw c("router-full","both colours hold a release that is still wanted",!1);e.slots[s]={release:n,ports:e.slots[s].ports,before:r[s]}}}async function He(e,t,r){let o=t.shares.pins,n=[o.stable,o.candidate].filter(s=>s!==""&&s!==r.pins.stable&&s!==r.pins.candidate).map(s=>`del map ${e.pins} ${s}`);for(let[s,a]of re(t,r)){let i=s===o.stable||s===o.candidate;n.push(`${i?"set":"add"} map ${e.pins} ${s} ${a}`)}await M(e,n)}function re(e,t){return[[t.pins.stable,p(e,t.stable?.release)??C],[t.pins.candidate,p(e,t.candidate?.release)??C]].filter(([o])=>/^[\w-]+$/.test(o))}async function M(e,t){if(t.length===0)return;let o=(await h(e.admin,t.join(";"))).split(`
`).find(n=>/not found|No such|Unknown|invalid|required|denied/i.test(n));if(o!==void 0)throw c("router-refused",`HAProxy refused a change: ${o.trim()}; see ${e.log}`,!0)}function p(e,t){return f.find(r=>t!==void 0&&e.slots[r].release===t)??null}function Ee(e,t){let r=p(e,t);if(r===null)throw new Error(`no colour for ${t}`);return r}function Me(e){return e==="blue"?"green":"blue"}function D(e){let t=e?.ports.filter(o=>o!==null)??[],r=Array.from({length:R-t.length},()=>null);return{release:e?.release??null,ports:[...t,...r],before:null}}function Ne(e,t){let r=(o,n)=>Math.max(0,o-(n??0));return{requests:r(e.requests,t?.requests),errors:r(e.errors,t?.errors),inFlight:e.inFlight,latency:{boundsMs:x,counts:e.latency.map((o,n)=>r(o,t?.latency[n])),answered:r(e.answered,t?.answered)}}}async function Fe(e,t,r){let o=we(r.log,"a",384);F(r.admin,{force:!0});let n=z(e,["-db","-f",r.config],{detached:!0,stdio:["ignore",o,o]}),s=[];n.once("error",i=>s.push(i)),n.unref();let a=performance.now()+V*1e3;for(;performance.now()<a;){if((await h(r.admin,"show info").catch(()=>"")).includes("Name: HAProxy"))return;if(n.exitCode!==null||s.length>0){if(N(r.log,"utf8").includes("Address already in use"))throw P(t.publicPort);break}await A(20)}throw c("router-not-started",`HAProxy did not start; see ${r.log}`,!1)}async function Ae(e){let t=import.meta.url.endsWith(".ts")?"./metrics-main.ts":"./router-metrics.js",r=Q(e.directory,"metrics-port");F(r,{force:!0});let o=z(process.execPath,[Se(new URL(t,import.meta.url)),JSON.stringify(e)],{detached:!0,stdio:"ignore"});o.unref();let n=performance.now()+V*1e3;for(;performance.now()<n&&o.exitCode===null;){if(X(r))return Number(N(r,"utf8"));await A(20)}throw c("metrics-not-started",`the router's metrics server did not start; see ${e.directory}`,!0)}function Ie(e){return new Promise(t=>{let r=ke(e,"127.0.0.1");r.once("connect",()=>{r.destroy(),t(!0)}),r.once("error",()=>t(!1))})}function O(e){let t=r=>Q(e.directory,r);return{admin:g(t("admin.sock")),fallback:g(t("fallback.sock")),knobs:t("knobs.map"),releases:t("releases.map"),pins:t("pins.map"),config:t("haproxy.cfg"),state:t("haproxy-state.json"),log:t("router.log")}}function T(e,t){b(e.knobs,`share ${I(t)}
`),b(e.releases,f.map(r=>`${r} ${t.slots[r].release??"none"}
`).join("")),b(e.pins,re(t,t.shares).map(([r,o])=>`${r} ${o}
`).join(""))}function b(e,t){let r=`${e}.${process.pid}.tmp`;Pe(r,t,{mode:384}),ve(r,e)}function U(e){return X(e.state)?JSON.parse(N(e.state,"utf8")):null}function _(e){let t=U(e);if(t===null)throw c("router-unreachable",`${e.state} is missing; start the router with \`evenkeel deploy --resume\``,!0);return t}async function _t(e){return e.kind==="haproxy"?await Y(e,Je()):await L(e)}async function Ht(e){let t=e.kind==="haproxy"?await H(e):await k(e);if(t!==null)return t;throw c("router-unreachable",`no router runs for port ${e.publicPort}; start it with \`evenkeel deploy --resume\``,!0)}async function Et(e){e.kind==="haproxy"?await Z(e):await K(e)}function Mt(e,t){return e!=="auto"?e:oe(t)===null?"embedded":"haproxy"}function oe(e){let t=[...(e.PATH??"").split(Ue),"/usr/sbin","/usr/local/sbin"];for(let r of t){if(r==="")continue;let o=je(r,"haproxy");try{return Oe(o,Te.X_OK),o}catch{}}return null}function Je(){let e=oe(process.env);if(e!==null)return e;throw c("haproxy-missing","the policy asks for HAProxy, and there is no `haproxy` on PATH or in /usr/sbin; install it, or set `run.router: embedded`",!1)}export{_t as a,Ht as b,Et as c,Mt as d};
