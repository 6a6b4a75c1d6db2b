import { createRequire as evenkeelCreateRequire } from 'node:module';import { fileURLToPath as evenkeelFileURLToPath } from 'node:url';import { dirname as evenkeelDirname } from 'node:path';const require = evenkeelCreateRequire(import.meta.url);const __filename = evenkeelFileURLToPath(import.meta.url);const __dirname = evenkeelDirname(__filename);
import{a as y}from"./chunk-KEVPNKPY.js";import{c as g,d as h}from"./chunk-AEDZDSLL.js";import"./chunk-M77TD2AU.js";import"./chunk-MEFX454W.js";import"./chunk-CPGP6EX5.js";import{d as m}from"./chunk-EPB6ZXFS.js";import"./chunk-QPGI6VUV.js";import"./chunk-JP52DDLL.js";import"./chunk-CQGRJZUN.js";import"./chunk-GPFJAR7N.js";import"./chunk-U7CMNMNR.js";import"./chunk-J2IHVYC7.js";import{b as f,c as p}from"./chunk-25M4MIHB.js";import"./chunk-A37EXIUR.js";import"./chunk-7VJRHLFG.js";import"./chunk-Z2YGS3MS.js";import"./chunk-RJRCMFR4.js";import{execFileSync as E}from"node:child_process";import{existsSync as $,mkdirSync as I,readFileSync as J,writeFileSync as M}from"node:fs";import{dirname as R,join as d,resolve as z}from"node:path";import{execFileSync as S}from"node:child_process";import{readFileSync as x}from"node:fs";import{basename as q,dirname as O,join as P}from"node:path";var w=10;function v(e){let t=F(e),{name:r,hasTests:n}=_(e,t),o=t.filter(a=>/(^|\/)(openapi|swagger)\.(ya?ml|json)$/.test(a)),[i]=o;return`${["version: 1","services:",`  ${r}:`,'    paths: ["**"]',...k("config",C(t)),...k("schemas",o.map(a=>`{ files: ${c(u(a))}, kind: openapi, direction: produced }`)),...T(t),...t.includes("package-lock.json")?[`    code: { commands: [npm ci${n?", npm test":""}], timeout: 15m }`]:[],...W(t),"    # To deploy as well, say where to and how one instance is started:","    # target: local","    # run: { command: npm start, health: /healthz, port: 8080, instances: 2 }",...i===void 0?[]:[`    # probes: { openapi: ${c(i)} }`],"approval: { required: 1 }","rollout: { preset: standard }","unclaimed: block"].join(`
`)}
`}function F(e){let r=S("git",["ls-files","-z","--cached","--others","--exclude-standard"],{cwd:e,encoding:"utf8",maxBuffer:1073741824}).split("\0").filter(n=>n!==""&&!/(^|\/)node_modules\//.test(n));return[...new Set(r)].sort()}function C(e){let t=e.filter(n=>n.endsWith(".schema.json")).flatMap(n=>{let o=n.slice(0,-12),i=e.find(l=>[`${o}.json`,`${o}.yaml`,`${o}.yml`].includes(l));return i===void 0?[]:[{file:i,schema:n}]}),r=e.flatMap(n=>/^(?:.+\/)?config(?=\/)/.exec(n)?.[0]??[]);return[...t.map(({file:n,schema:o})=>`{ files: ${c(u(n))}, schema: ${c(o)} }`),...[...new Set(r)].map(n=>`{ files: ${c(`${u(n)}/**/*.{json,yaml,yml,toml}`)} }`)]}function T(e){let t=e.filter(n=>/(^|\/)migrations?\/(?:.*\/)?[^/]+\.sql$/.test(n)).map(n=>`${u(n.replace(/((?:^|\/)migrations?)\/.*$/,"$1"))}/**/*.sql`),r=[...new Set(t)].slice(0,w);return r.length===0?[]:[`    migrations: { files: [${r.map(c).join(", ")}] }`]}function W(e){let t=e.find(r=>r.endsWith("/Pulumi.yaml"));return t===void 0?[]:[`    infra: { directory: ${c(O(t))} }`]}function k(e,t){return t.length===0?[]:[`    ${e}:`,...t.slice(0,w).map(r=>`      - ${r}`)]}function _(e,t){let r=t.includes("package.json")?D(P(e,"package.json")):{},{name:n,scripts:o}=r;return{name:N(typeof n=="string"?n:q(e)),hasTests:typeof o=="object"&&o!==null&&"test"in o}}function D(e){try{let t=JSON.parse(x(e,"utf8"));return typeof t=="object"&&t!==null?{...t}:{}}catch{return{}}}function N(e){let t=e.toLowerCase().replace(/^@[^/]*\//,"").replace(/[^a-z0-9_-]+/g,"-").replace(/^[-_]+/,"").slice(0,40);return t===""||/^(?:true|false|null|yes|no|on|off|y|n|\d.*)$/.test(t)?`service-${t}`.replace(/-$/,"").slice(0,40):t}function u(e){return e.replace(/[\\*?[\]{}()!+@|]/g,"\\$&")}function c(e){return JSON.stringify(e)}var ie={name:"init",summary:"write evenkeel.yml and the workflows for this repository",usage:"evenkeel init [--directory DIR] [--force]",example:"evenkeel init",options:{directory:{type:"string"},force:{type:"boolean"}},optionHelp:{directory:"the repository (default: where you are)",force:"replace files that are there already"},run({values:e},t){let{directory:r}=e,n=y(typeof r=="string"?z(t.workingDirectory,r):t.workingDirectory),o=H(n),i=[...new Set([...Object.keys(o),...m])].filter(s=>$(d(n,s))),l=e.force===!0?i.filter(s=>!(s in o)):i;if(l.length>0){let s=e.force===!0;throw f("file-exists",s?`${l.join(", ")} is a policy file already, and evenkeel.yml would take its place; nothing was written (move or delete it first)`:`${l.join(", ")} is there already; nothing was written (--force replaces it)`)}for(let[s,j]of Object.entries(o))b(n,s,j);let a=[...Object.keys(o),...A(n)?[".gitignore"]:[]];return Promise.resolve({exitCode:0,decision:"done",reasonCode:"written",result:{files:a},text:[...a.map(s=>`wrote ${s}`),"","Next: read evenkeel.yml, correct what was guessed, and open a pull request with it.","Until it has landed, `evenkeel check` reports, and blocks nothing but errors in evenkeel.yml."].join(`
`)})}};function H(e){let t=v(e),r=g(t,"evenkeel.yml");if(!r.ok)throw new Error(`init wrote a policy that does not load: ${r.problems.map(h).join("; ")}`);return{"evenkeel.yml":t,".github/workflows/evenkeel-check.yml":G,".github/workflows/evenkeel-deploy.yml":L(B(e))}}function b(e,t,r){let n=d(e,t);try{I(R(n),{recursive:!0}),M(n,r)}catch(o){let i=o instanceof Error&&"code"in o?String(o.code):String(o);throw p("file-not-written",`${n} cannot be written (${i}); make room for it`,!0)}}function A(e){let t=d(e,".gitignore"),r=$(t)?J(t,"utf8"):"";return r.split(/\r?\n/).some(o=>/^\/?\.evenkeel\/?$/.test(o.trim()))?!1:(b(e,".gitignore",`${r}${r===""||r.endsWith(`
`)?"":`
`}.evenkeel/
`),!0)}function B(e){for(let t of[["symbolic-ref","--quiet","--short","refs/remotes/origin/HEAD"],["symbolic-ref","--quiet","--short","HEAD"]])try{return E("git",t,{cwd:e,encoding:"utf8",stdio:"pipe"}).trim().replace(/^origin\//,"")}catch{}return"main"}var G=`name: evenkeel check
on:
  pull_request:
permissions:
  contents: read
  checks: write
  pull-requests: write
concurrency:
  group: evenkeel-check-\${{ github.event.pull_request.number }}
  cancel-in-progress: true
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: { fetch-depth: 0, persist-credentials: false }
      - uses: evenkeel/evenkeel@v1
`,L=e=>`name: evenkeel deploy
on:
  push:
    branches: [${JSON.stringify(e)}]
  workflow_dispatch:
permissions:
  contents: read
  checks: write
  pull-requests: read
# One rollout at a time, and none is ever cut short.
concurrency:
  group: evenkeel-deploy-production
  cancel-in-progress: false
jobs:
  deploy:
    # The local target runs the service on this machine: give it one that stays.
    runs-on: self-hosted
    environment: production
    steps:
      - uses: actions/checkout@v4
        with: { fetch-depth: 0, persist-credentials: false, clean: false }
      - uses: evenkeel/evenkeel@v1
`;export{ie as initCommand};
