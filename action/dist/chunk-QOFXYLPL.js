import { createRequire as evenkeelCreateRequire } from 'node:module';import { fileURLToPath as evenkeelFileURLToPath } from 'node:url';import { dirname as evenkeelDirname } from 'node:path';const require = evenkeelCreateRequire(import.meta.url);const __filename = evenkeelFileURLToPath(import.meta.url);const __dirname = evenkeelDirname(__filename);
import{a as T}from"./chunk-IMIQCSW5.js";import{a as Q}from"./chunk-7RNKYA6O.js";import{b as C,d as O}from"./chunk-YOCHGNIH.js";import{e as Z}from"./chunk-RJRCMFR4.js";import{mkdtempSync as Se}from"node:fs";import{tmpdir as ke}from"node:os";import{join as Ce,resolve as Oe}from"node:path";var v=[{title:"",of:e=>e.isAsExpected?"ok":"NOT OK",isNumber:!1},{title:"change",of:e=>e.scenario,isNumber:!1},{title:"verdict",of:e=>e.verdict,isNumber:!1},{title:"at",of:e=>e.step,isNumber:!1},{title:"detected (s)",of:e=>R(e.secondsToDetect,1),isNumber:!0},{title:"met bad version",of:e=>String(e.requestsOnBadVersion),isNumber:!0},{title:"dropped",of:e=>String(e.dropped),isNumber:!0},{title:"traffic off (ms)",of:e=>R(e.verdictToTrafficOffMs,1),isNumber:!0},{title:"took (s)",of:e=>R(e.seconds,1),isNumber:!0}];function N(e){let r=[v.map(s=>s.title),...e.rows.map(s=>v.map(i=>i.of(s)))],t=v.map((s,i)=>Math.max(...r.map(d=>d[i]?.length??0))),o=r.map(s=>s.map((i,d)=>v[d]?.isNumber?i.padStart(t[d]??0):i.padEnd(t[d]??0)).join("  ").trimEnd()),n=e.rows.filter(s=>s.detail!=="").map(s=>`${s.scenario}: ${s.detail}`);return[...o,"",...n,`${e.requests} requests in all, ${e.dropped} dropped, ${e.seconds.toFixed(0)} s`,`The repository, its journal and its audit log are in ${e.directory}`].join(`
`)}function R(e,r){return e===null?"":e.toFixed(r)}import{readFileSync as Y,mkdirSync as ae,rmSync as de,writeFileSync as ce,cpSync as pe,readdirSync as ue}from"node:fs";import{createServer as me}from"node:net";import{join as f}from"node:path";import{spawn as X}from"node:child_process";import{createInterface as ee}from"node:readline";function $(e,r){let t=process.argv[1];if(t===void 0)throw new Error("the program was started without a file");let o=X(process.execPath,[t,...e,"--json"],{cwd:r.directory,stdio:["ignore","pipe","pipe"]}),n=[],s=[],i="";o.stdout.setEncoding("utf8").on("data",c=>i+=c),ee({input:o.stderr}).on("line",c=>{n.push({atMs:performance.now(),text:c}),r.onLine(c);for(let p of s.filter(a=>c.includes(a.text)))p.resolve(!0)});let d=new Promise((c,p)=>{o.once("error",p),o.once("close",a=>{for(let u of s)u.resolve(!1);c({exitCode:a,lines:n,...re(i)})})});return{process:o,outcome:d,waitForLine:c=>new Promise(p=>{n.some(a=>a.text.includes(c))?p(!0):o.exitCode!==null||o.signalCode!==null?p(!1):s.push({text:c,resolve:p})})}}function re(e){let r=null;try{r=JSON.parse(e)}catch{}let t=s=>typeof r=="object"&&r!==null&&s in r?Reflect.get(r,s):void 0,o=s=>{let i=t(s);return typeof i=="string"?i:"none"},n=t("result");return{decision:o("decision"),reasonCode:o("reasonCode"),result:typeof n=="object"&&n!==null?Object.fromEntries(Object.entries(n)):{}}}var b=Z(Q(),1),oe=2e3;function L(e,r){let t=new b.Agent({connections:64,pipelining:1}),o={requests:0,dropped:0,byRelease:{}},n=new Set,s=performance.now(),i=0;async function d(a){let u=a%10===9,m=`user-${a*7919%oe}`;try{let g=await(0,b.request)(u?`${e}/payments`:`${e}/orders/${a*31%1e3}`,{dispatcher:t,method:u?"POST":"GET",headers:u?{"x-user":m,"idempotency-key":`key-${a}`}:{"x-user":m},headersTimeout:1e4});await g.body.dump();let h=g.headers["x-evenkeel-release"];c(typeof h=="string"?h:null,g.statusCode)}catch{o.dropped++}finally{o.requests++}}function c(a,u){if(a===null){o.dropped++;return}let m=o.byRelease[a]??={requests:0,errors:0};m.requests++,u>=500&&m.errors++}let p=setInterval(()=>{let a=Math.floor((performance.now()-s)/1e3*r);for(;i<a;i++){let u=d(i).finally(()=>n.delete(u));n.add(u)}},5);return{counts:()=>structuredClone(o),async stop(){clearInterval(p),await Promise.all(n),await t.close()}}}var x=`import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

const config = JSON.parse(readFileSync(new URL('config/shop.json', import.meta.url), 'utf8'));
const release = process.env.EVENKEEL_RELEASE ?? 'unreleased';
const processed = new Set();

async function findOrder(id) {
  const needsMs = id % 8 === 0 ? 30 : 2;
  if (needsMs > config.warehouse.timeoutMs) {
    await wait(config.warehouse.timeoutMs);
    throw new Error('the warehouse did not answer in time');
  }
  await wait(needsMs);
  return { id, status: 'shipped', total: 1000 + id, currency: config.currency };
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json', 'x-evenkeel-release': release });
  response.end(JSON.stringify(body));
}

const server = createServer(async (request, response) => {
  const path = request.url.split('?')[0];
  if (path === '/healthz') return answer(response, 200, { status: 'ok', release });
  const order = /^\\/orders\\/(\\d+)$/.exec(path);
  if (order !== null && request.method === 'GET') {
    try {
      return answer(response, 200, await findOrder(Number(order[1])));
    } catch (error) {
      return answer(response, 503, { error: error.message });
    }
  }
  if (path === '/payments' && request.method === 'POST') {
    request.resume();
    processed.add(request.headers['idempotency-key']);
    return answer(response, 201, { processed: processed.size });
  }
  return answer(response, 404, { error: 'no such page' });
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`,J=x.replace(`  await wait(needsMs);
`,`  await wait(needsMs);
  await wait(60); // recompute the price from the catalogue
`),P=x.replace("  return answer(response, 404, { error: 'no such page' });",`  if (path === '/about') return answer(response, 200, { shop: 'Evenkeel demo shop' });
  return answer(response, 404, { error: 'no such page' });`),_=P.replace("no such page","there is no such page");function y(e,r){return`${JSON.stringify({currency:r,warehouse:{timeoutMs:e,retries:1}},null,2)}
`}var A=`${JSON.stringify({$schema:"http://json-schema.org/draft-07/schema#",type:"object",required:["currency","warehouse"],additionalProperties:!1,properties:{currency:{type:"string",enum:["EUR","USD","SEK"]},warehouse:{type:"object",required:["timeoutMs"],additionalProperties:!1,properties:{timeoutMs:{type:"integer",minimum:1,maximum:1e4},retries:{type:"integer",minimum:0,maximum:5}}}}},null,2)}
`;function S(e){return`openapi: 3.0.3
info: { title: Shop, version: '1' }
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      parameters:
        - { name: id, in: path, required: true, schema: { type: integer }, example: 7 }
      responses:
        '200':
          description: the order
          content:
            application/json:
              schema:
                type: object
                required: [id, status${e?", total":""}]
                properties:
                  id: { type: integer }
                  status: { type: string }
${e?`                  total: { type: integer }
`:""}        '404': { description: no such order }
  /payments:
    post:
      operationId: createPayment
      responses:
        '201': { description: paid }
`}function F(e,r){return`version: 1
services:
  shop:
    paths: [shop/**]
    config: [{ files: 'shop/config/*.json', schema: shop/config.schema.json }]
    schemas: [{ files: shop/api/openapi.yaml, kind: openapi, direction: produced }]
    target: local
    run: { command: node server.js, directory: shop, health: /healthz, port: ${e}, instances: 2, router: ${r} }
    probes: { openapi: shop/api/openapi.yaml, every: 1s, data: { 'POST /payments': { body: { order: 7, amount: 1007 } } } }
    metrics: [{ name: errors, critical: true, slack: 1% }, { name: latency, critical: true }]
    runbooks: { rolled-back: docs/runbook.md }
approval: { required: 1 }
rollout: { preset: fast, steps: [10%, 50%], soak: 2s, deadline: 1m, bake: 4s }
unclaimed: allow
`}var I="shop/config/shop.json",E="shop/server.js",te="shop/api/openapi.yaml",B=[{name:"good configuration",message:"Sell in Swedish kronor",files:{[I]:y(200,"SEK")},isReverted:!1,approval:"given",interruption:"none",expected:{verdict:"settled",reasonCode:"settled"}},{name:"configuration that hurts",message:"Give up on a slow warehouse sooner",files:{[I]:y(20,"SEK")},isReverted:!0,approval:"given",interruption:"none",expected:{verdict:"rolled-back",reasonCode:"worse"}},{name:"code that is slow",message:"Recompute the price of every order",files:{[E]:J},isReverted:!0,approval:"given",interruption:"none",expected:{verdict:"rolled-back",reasonCode:"worse"}},{name:"breaking schema",message:"Drop the total from orders",files:{[te]:S(!1)},isReverted:!0,approval:"given",interruption:"none",expected:{verdict:"block",reasonCode:"findings-block"}},{name:"good code, approved late",message:"Tell people about the shop",files:{[E]:P},isReverted:!1,approval:"missing-then-given",interruption:"none",expected:{verdict:"settled",reasonCode:"settled"}},{name:"good code, process killed",message:"Be more polite about missing pages",files:{[E]:_},isReverted:!1,approval:"given",interruption:"kill-and-resume",expected:{verdict:"settled",reasonCode:"settled"}}];import{execFileSync as se}from"node:child_process";import{mkdirSync as V,writeFileSync as G}from"node:fs";import{dirname as ne,join as K}from"node:path";var l={login:"ada",id:101,email:"ada@example.com"},q={login:"grace",id:102,email:"grace@example.com"};function U(e){V(e,{recursive:!0}),k(e,["init","--quiet","--initial-branch=main"]);let r=new Map;return{directory:e,commit(t,o){for(let[n,s]of Object.entries(o)){let i=K(e,n);V(ne(i),{recursive:!0}),G(i,s)}return k(e,["add","--all"]),k(e,["commit","--quiet","--message",t]),{sha:k(e,["rev-parse","HEAD"]),paths:Object.keys(o)}},writeEvidence(t,o){let n=K(e,"..",`evidence-${t.sha.slice(0,12)}.json`);r.set(t.sha,{commit:t,isApproved:o});let s=[...r.values()].map((i,d)=>ie(d+1,i.commit,i.isApproved));return G(n,`${JSON.stringify(s,null,2)}
`),n}}}function ie(e,r,t){let o="2026-01-05T10:00:00Z";return{directory:{users:{[l.login]:{id:l.id,type:"User",role:"write"},[q.login]:{id:q.id,type:"User",role:"write"}},teams:{}},pull_request:{number:e,author:l.login,draft:!1,base_ref:"main",head_sha:r.sha,commits:[{sha:r.sha,author:l.login,committer:l.login,co_authors:[],pushed_by:l.login,pushed_at:o,parents:[],verified:!1,via_web:!1,clean_merge:!1}],changed_files:r.paths.map(n=>({path:n,status:"modified"})),files_truncated:!1,commits_truncated:!1,codeowners_base:[],policy_changed_in_pr:!1},events:t?[{type:"review",by:q.login,state:"APPROVED",commit_id:r.sha,at:"2026-01-05T11:00:00Z"}]:[]}}function k(e,r){return se("git",["-c",`user.name=${l.login}`,"-c",`user.email=${l.email}`,"-c","commit.gpgsign=false",...r],{cwd:e,encoding:"utf8",stdio:["ignore","pipe","pipe"]}).trim()}async function H(e){let r=performance.now(),t=await xe(),o=U(f(e.directory,"shop")),n=o.commit("Adopt Evenkeel",{"evenkeel.yml":F(t,e.router),".gitignore":`.evenkeel/
`,"docs/runbook.md":`# The shop was rolled back

Look at the incident, mend the change, deploy it again.
`});e.progress(`a shop in ${o.directory}, policy adopted in ${n.sha.slice(0,12)}`);let s={shop:o,options:e,port:t},i=[await le(s)],d=L(`http://127.0.0.1:${t}`,e.requestsPerSecond);try{for(let p of B){if(e.signal.aborted)break;i.push(await fe(s,p,d))}i.push(await ye(s))}finally{await d.stop(),await ve(s)}let c=d.counts();return{rows:i,requests:c.requests,dropped:c.dropped,seconds:(performance.now()-r)/1e3,router:e.router,directory:o.directory}}function w(e,r){return $(r,{directory:e.shop.directory,onLine:t=>e.options.progress(`    ${t}`)})}async function j(e,r,t){let o=e.shop.writeEvidence(r,t);return await w(e,["deploy","--service","shop","--evidence",o]).outcome}async function le(e){e.options.progress("first deployment: nothing to compare with, so probes decide");let r=performance.now(),t=e.shop.commit("Open the shop",{"shop/server.js":x,"shop/package.json":`${JSON.stringify({name:"shop",private:!0,type:"module"},null,2)}
`,"shop/config/shop.json":y(200,"EUR"),"shop/config.schema.json":A,"shop/api/openapi.yaml":S(!0)}),o=await j(e,t,!0);if(o.decision!=="settled"){let n=o.lines.at(-1)?.text??"it printed nothing";throw O("demo-failed",`the shop could not be opened (${o.decision}, ${o.reasonCode}): ${n}`,!1)}return{scenario:"first deployment",isAsExpected:!0,verdict:o.decision,reasonCode:o.reasonCode,step:"",secondsToDetect:null,requestsOnBadVersion:0,errorsOnBadVersion:0,dropped:0,verdictToTrafficOffMs:null,seconds:(performance.now()-r)/1e3,detail:""}}async function fe(e,r,t){let{shop:o,options:n}=e;n.progress(`${r.name}: "${r.message}"`);let s=performance.now(),i=t.counts(),d=be(o.directory,Object.keys(r.files)),c=o.commit(r.message,r.files),p=[],a;if(r.approval==="missing-then-given"){let M=await j(e,c,!1);p.push(`without an approval: ${M.decision}, exit code ${String(M.exitCode)}`),n.progress("  grace approves exactly this commit")}r.interruption==="kill-and-resume"?a=await ge(e,c,p):a=await j(e,c,!0);let u=t.counts();r.isReverted&&o.writeEvidence(o.commit(`Revert "${r.message}"`,d),!0);let m=a.result.candidate,g=a.decision==="rolled-back"&&typeof m=="string"?u.byRelease[m]:void 0,h=a.result.trafficOffMs,D=a.result.rolledBackFrom,W=a.decision===r.expected.verdict&&a.reasonCode===r.expected.reasonCode&&u.dropped===i.dropped&&(r.approval==="given"||p[0]?.includes("exit code 3")===!0);return{scenario:r.name,isAsExpected:W,verdict:a.decision,reasonCode:a.reasonCode,step:typeof D=="string"?D:"",secondsToDetect:a.decision==="rolled-back"?he(a):null,requestsOnBadVersion:g?.requests??0,errorsOnBadVersion:g?.errors??0,dropped:u.dropped-i.dropped,verdictToTrafficOffMs:typeof h=="number"?h:null,seconds:(performance.now()-s)/1e3,detail:p.join("; ")}}async function ge(e,r,t){let o=e.shop.writeEvidence(r,!0),n=w(e,["deploy","--service","shop","--evidence",o]);await n.waitForLine("canary 1/2: 10 % of users")&&(n.process.kill("SIGKILL"),e.options.progress("  the deploying process is killed (SIGKILL)"));let s=await n.outcome;return t.push(s.exitCode===null?"killed in canary, resumed":`ended before it could be killed (${s.decision})`),await w(e,["deploy","--resume"]).outcome}function he(e){let r=e.lines.find(o=>o.text.includes("of users on")),t=e.lines.find(o=>o.text.includes("judge: fail"));return t===void 0?null:r===void 0?0:Math.max(0,(t.atMs-r.atMs)/1e3)}async function ye(e){let{shop:r,options:t}=e;t.progress("edited audit entry: one word is changed in a copy of the log");let o=performance.now(),n=await w(e,["audit","verify"]).outcome,s=f(t.directory,"edited");pe(f(r.directory,".evenkeel","audit"),f(s,"audit"),{recursive:!0}),we(f(s,"audit"),"grace","mallory");let i=await $(["audit","verify","--directory",f(s,"audit")],{directory:r.directory,onLine:d=>t.progress(`    ${d}`)}).outcome;return{scenario:"edited audit entry",isAsExpected:n.exitCode===0&&i.exitCode===1,verdict:i.decision,reasonCode:i.reasonCode,step:"",secondsToDetect:null,requestsOnBadVersion:0,errorsOnBadVersion:0,dropped:0,verdictToTrafficOffMs:null,seconds:(performance.now()-o)/1e3,detail:`untouched log: ${n.decision}; edited copy: ${i.decision}`}}function we(e,r,t){for(let o of ue(e,{recursive:!0,withFileTypes:!0})){if(!o.isFile())continue;let n=f(o.parentPath,o.name),s=Y(n,"utf8");if(s.includes(r)){ce(n,s.replace(r,t));return}}throw O("demo-failed",`no entry of the audit log in ${e} names ${r}, so there is nothing to edit`,!1)}async function ve(e){let r=await w(e,["down","--service","shop","--yes"]).outcome;r.exitCode!==0&&e.options.progress(`the shop could not be taken down (${r.reasonCode}); its files are in ${e.shop.directory}`)}function be(e,r){return Object.fromEntries(r.map(t=>[t,Y(f(e,t),"utf8")]))}async function xe(){let e=me();await new Promise(t=>e.listen(0,"127.0.0.1",t));let r=e.address();if(await new Promise(t=>e.close(t)),r===null||typeof r=="string")throw new Error("no free port");return r.port}function z(e){de(e,{recursive:!0,force:!0}),ae(e,{recursive:!0})}var or={name:"demo",summary:"take good and bad changes to a small real service down the whole road, on this machine",usage:"evenkeel demo [--directory DIR] [--router auto|haproxy|embedded] [--requests-per-second N]",example:"evenkeel demo --json",options:{directory:{type:"string"},router:{type:"string"},"requests-per-second":{type:"string"}},optionHelp:{directory:"where the demo puts its repository; it is emptied first (default: a new temporary directory)",router:"which router carries the traffic (default: HAProxy where it is installed)","requests-per-second":"the load that users make (default: 400)"},async run({values:e},r){let t=e.router??"auto";if(t!=="auto"&&t!=="haproxy"&&t!=="embedded")throw C("router-unknown","--router must be auto, haproxy or embedded");let o=Number(e["requests-per-second"]??400);if(!Number.isInteger(o)||o<50||o>5e3)throw C("rate-invalid","--requests-per-second must be a whole number from 50 to 5000");await T({env:r.env,progress:d=>r.progress(d),signal:r.signal});let n=await H({directory:Re(e.directory,r.workingDirectory),requestsPerSecond:o,router:t,progress:d=>r.progress(d),signal:r.signal}),i=n.rows.filter(d=>!d.isAsExpected).length===0&&n.dropped===0&&!r.signal.aborted;return{exitCode:r.signal.aborted?130:i?0:1,decision:i?"done":"failed",reasonCode:i?"as-expected":"not-as-expected",result:n,text:N(n)}}};function Re(e,r){if(typeof e!="string")return Se(Ce(ke(),"evenkeel-demo-"));let t=Oe(r,e);return z(t),t}export{or as demoCommand};
