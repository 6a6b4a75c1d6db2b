import { createRequire as evenkeelCreateRequire } from 'node:module';import { fileURLToPath as evenkeelFileURLToPath } from 'node:url';import { dirname as evenkeelDirname } from 'node:path';const require = evenkeelCreateRequire(import.meta.url);const __filename = evenkeelFileURLToPath(import.meta.url);const __dirname = evenkeelDirname(__filename);
import{a as $}from"./chunk-KEVPNKPY.js";import{d as w,e as k}from"./chunk-CQBKGUB3.js";import"./chunk-RE74YMVQ.js";import"./chunk-MEFX454W.js";import"./chunk-DDEMZQVJ.js";import"./chunk-G34244QK.js";import"./chunk-SWCPQFJ4.js";import"./chunk-CPGP6EX5.js";import{d as v}from"./chunk-OR63IRC3.js";import"./chunk-QPGI6VUV.js";import"./chunk-JP52DDLL.js";import"./chunk-CQGRJZUN.js";import"./chunk-GPFJAR7N.js";import"./chunk-U7CMNMNR.js";import{a as f}from"./chunk-AM6BP5MP.js";import"./chunk-J2IHVYC7.js";import{b as d,c as y}from"./chunk-25M4MIHB.js";import"./chunk-A37EXIUR.js";import"./chunk-7VJRHLFG.js";import"./chunk-Z2YGS3MS.js";import"./chunk-RJRCMFR4.js";import{execFileSync as B}from"node:child_process";import{existsSync as E,mkdirSync as G,readFileSync as K,writeFileSync as U}from"node:fs";import{dirname as V,join as g,resolve as Q}from"node:path";import{execFileSync as W}from"node:child_process";import{readFileSync as P}from"node:fs";import{basename as R,dirname as N,join as C}from"node:path";var _=10;function j(e){let t=F(e),{name:r,hasTests:n}=z(e,t),o=t.filter(u=>/(^|\/)(openapi|swagger)\.(ya?ml|json)$/.test(u)),[s]=o;return`${["version: 1","services:",`  ${r}:`,'    paths: ["**"]',...b("config",D(t)),...b("schemas",o.map(u=>`{ files: ${a(p(u))}, kind: openapi, direction: produced }`)),...M(t),...t.includes("package-lock.json")?[`    code: { commands: [npm ci${n?", npm test":""}], timeout: 15m }`]:[],...I(t),"    # To deploy as well, say where to and how one instance is started:","    # target: local","    # run: { command: npm start, health: /healthz, port: 8080, instances: 2 }",...s===void 0?[]:[`    # probes: { openapi: ${a(s)} }`],"approval: { required: 1 }","rollout: { preset: standard }","unclaimed: block"].join(`
`)}
`}function F(e){let r=W("git",["ls-files","-z","--cached","--others","--exclude-standard"],{cwd:e,encoding:"utf8",maxBuffer:1073741824}).split("\0").filter(n=>n!==""&&!/(^|\/)node_modules\//.test(n));return[...new Set(r)].sort()}function D(e){let t=e.filter(n=>n.endsWith(".schema.json")).flatMap(n=>{let o=n.slice(0,-12),s=e.find(c=>[`${o}.json`,`${o}.yaml`,`${o}.yml`].includes(c));return s===void 0?[]:[{file:s,schema:n}]}),r=e.flatMap(n=>/^(?:.+\/)?config(?=\/)/.exec(n)?.[0]??[]);return[...t.map(({file:n,schema:o})=>`{ files: ${a(p(n))}, schema: ${a(o)} }`),...[...new Set(r)].map(n=>`{ files: ${a(`${p(n)}/**/*.{json,yaml,yml,toml}`)} }`)]}function M(e){let t=e.filter(n=>/(^|\/)migrations?\/(?:.*\/)?[^/]+\.sql$/.test(n)).map(n=>`${p(n.replace(/((?:^|\/)migrations?)\/.*$/,"$1"))}/**/*.sql`),r=[...new Set(t)].slice(0,_);return r.length===0?[]:[`    migrations: { files: [${r.map(a).join(", ")}] }`]}function I(e){let t=e.find(r=>r.endsWith("/Pulumi.yaml"));return t===void 0?[]:[`    infra: { directory: ${a(N(t))} }`]}function b(e,t){return t.length===0?[]:[`    ${e}:`,...t.slice(0,_).map(r=>`      - ${r}`)]}function z(e,t){let r=t.includes("package.json")?A(C(e,"package.json")):{},{name:n,scripts:o}=r;return{name:H(typeof n=="string"?n:R(e)),hasTests:typeof o=="object"&&o!==null&&"test"in o}}function A(e){try{let t=JSON.parse(P(e,"utf8"));return typeof t=="object"&&t!==null?{...t}:{}}catch{return{}}}function H(e){let t=e.toLowerCase().replace(/^@[^/]*\//,"").replace(/[^a-z0-9_-]+/g,"-").replace(/^[-_]+/,"").slice(0,40);return t===""||/^(?:true|false|null|yes|no|on|off|y|n|\d.*)$/.test(t)?`service-${t}`.replace(/-$/,"").slice(0,40):t}function p(e){return e.replace(/[\\*?[\]{}()!+@|]/g,"\\$&")}function a(e){return JSON.stringify(e)}var J="actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0";function L(e){return e===null?`evenkeel/evenkeel@v${f}`:`evenkeel/evenkeel@${e} # v${f}`}function l(e,t={}){return[`- uses: ${J}`,`  with: { fetch-depth: 0, persist-credentials: false${t.checkout??""} }`,`- uses: ${L(e)}`,...t.inputs===void 0?[]:["  with:",...t.inputs.map(n=>`    ${n}`)]].map(n=>`      ${n}`).join(`
`)}var m=`    env:
      # With several self-hosted runners: a directory that all of them share, outside of the checkout. Each of them
      # otherwise knows only its own rollouts, commands and break-glass debts.
      EVENKEEL_HOME: ''`;var h="evenkeel check";function q(e){let r=l(e,{inputs:["command: check"]}).replace(/^( {6}- uses: .*)$/gm,`$1
        if: github.event_name != 'pull_request_review'`);return`name: ${h}
on:
  pull_request:
  merge_group:
  pull_request_review:
    types: [submitted, edited, dismissed]
permissions: {}
concurrency:
  group: evenkeel-check-\${{ github.event_name }}-\${{ github.event.pull_request.number || github.sha }}
  cancel-in-progress: true
jobs:
  check:
    name: \${{ github.event_name == 'pull_request_review' && 'evenkeel review seen' || 'evenkeel check' }}
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: read
    steps:
${r}
`}function x(e){return`name: evenkeel approval
on:
  pull_request_target:
    types: [opened, synchronize, reopened, edited, labeled, unlabeled, ready_for_review, converted_to_draft]
  workflow_run:
    workflows: [${h}]
    types: [completed]
  issue_comment:
    types: [created, edited, deleted]
  # What an event that was lost would have told: every run reads everything anew.
  schedule:
    - cron: '17 * * * *'
permissions: {}
jobs:
  review:
    if: github.event_name != 'issue_comment' || github.event.issue.pull_request
    runs-on: ubuntu-latest
    timeout-minutes: 30
    # A run that waits may be replaced by a later one, which sees what it would have seen.
    concurrency:
      group: evenkeel-review-\${{ github.event.pull_request.number || github.event.issue.number || github.event.workflow_run.pull_requests[0].number || github.event.workflow_run.head_sha || 'all' }}
      cancel-in-progress: false
    permissions:
      contents: read
      checks: write
      pull-requests: write
      statuses: read
    steps:
${l(e,{inputs:["command: review"]})}
  commands:
    if: github.event_name == 'issue_comment' || github.event_name == 'schedule'
    # The state of rollouts is on this machine.
    runs-on: self-hosted
${m}
    timeout-minutes: 120
    # No concurrency group: an abort must not wait for a command that takes long. The audit log keeps each to once.
    permissions:
      contents: read
      checks: read
      deployments: write
      issues: write
      pull-requests: read
      statuses: read
    steps:
${l(e,{inputs:["command: commands"],checkout:", clean: false"})}
`}function S(e,t){return`name: evenkeel deploy
on:
  push:
    branches: [${JSON.stringify(e)}]
  workflow_dispatch:
    inputs:
      command:
        description: 'deploy, or a command: status, promote, pause, resume, abort, rollback [to RELEASE], confirm DIGEST \u2026'
        type: string
        default: deploy
      service:
        description: 'The service; needed where there are several.'
        type: string
      environment:
        description: 'The environment.'
        type: string
        default: production
permissions: {}
jobs:
  deploy:
    if: github.event_name == 'push' || inputs.command == 'deploy'
    # The local target runs the service on this machine: give it one that stays.
    runs-on: self-hosted
${m}
    timeout-minutes: 360
    environment: \${{ inputs.environment || 'production' }}
    # One rollout at a time, and none is ever cut short.
    concurrency:
      group: evenkeel-deploy-\${{ inputs.environment || 'production' }}
      cancel-in-progress: false
    permissions:
      contents: read
      checks: read
      deployments: write
      pull-requests: write
      statuses: read
    steps:
${l(t,{inputs:["command: deploy","service: ${{ inputs.service }}","environment: ${{ inputs.environment || 'production' }}"],checkout:", clean: false"})}
  command:
    if: github.event_name == 'workflow_dispatch' && inputs.command != 'deploy'
    runs-on: self-hosted
${m}
    timeout-minutes: 120
    permissions:
      contents: read
      checks: read
      deployments: write
      pull-requests: write
      statuses: read
    steps:
${l(t,{inputs:["command: ${{ inputs.command }}","service: ${{ inputs.service }}","environment: ${{ inputs.environment }}"],checkout:", clean: false"})}
`}var qe={name:"init",summary:"write evenkeel.yml and the workflows for this repository",usage:"evenkeel init [--directory DIR] [--pin COMMIT] [--force]",example:"evenkeel init",options:{directory:{type:"string"},pin:{type:"string"},force:{type:"boolean"}},optionHelp:{pin:"the commit of the Evenkeel release that the workflows use (default: the tag of this version)",directory:"the repository (default: where you are)",force:"replace files that are there already"},run({values:e},t){let{directory:r}=e,n=$(typeof r=="string"?Q(t.workingDirectory,r):t.workingDirectory),o=Y(n,X(e.pin)),s=[...new Set([...Object.keys(o),...v])].filter(i=>E(g(n,i))),c=e.force===!0?s.filter(i=>!(i in o)):s;if(c.length>0){let i=e.force===!0;throw d("file-exists",i?`${c.join(", ")} is a policy file already, and evenkeel.yml would take its place; nothing was written (move or delete it first)`:`${c.join(", ")} is there already; nothing was written (--force replaces it)`)}for(let[i,T]of Object.entries(o))O(n,i,T);let u=[...Object.keys(o),...Z(n)?[".gitignore"]:[]];return Promise.resolve({exitCode:0,decision:"done",reasonCode:"written",result:{files:u},text:[...u.map(i=>`wrote ${i}`),"","Next: read evenkeel.yml, correct what was guessed, and open a pull request with it.","Until it has landed, `evenkeel check` reports, and blocks nothing but errors in evenkeel.yml.","Then have a branch rule require the checks `evenkeel check`, `Evenkeel / check` and `Evenkeel / approval`.","Deployments and commands in comments run on a runner of yours (`self-hosted`), where the state of rollouts is; without one, remove evenkeel-deploy.yml and the job `commands` of evenkeel-approval.yml."].join(`
`)})}};function X(e){if(e===void 0)return null;if(typeof e=="string"&&/^[0-9a-f]{40}$/.test(e))return e;throw d("pin-invalid","--pin is not a full commit hash; give the 40 characters of the commit of an Evenkeel release")}function Y(e,t){let r=j(e),n=w(r,"evenkeel.yml");if(!n.ok)throw new Error(`init wrote a policy that does not load: ${n.problems.map(k).join("; ")}`);return{"evenkeel.yml":r,".github/workflows/evenkeel-check.yml":q(t),".github/workflows/evenkeel-approval.yml":x(t),".github/workflows/evenkeel-deploy.yml":S(ee(e),t)}}function O(e,t,r){let n=g(e,t);try{G(V(n),{recursive:!0}),U(n,r)}catch(o){let s=o instanceof Error&&"code"in o?String(o.code):String(o);throw y("file-not-written",`${n} cannot be written (${s}); make room for it`,!0)}}function Z(e){let t=g(e,".gitignore"),r=E(t)?K(t,"utf8"):"";return r.split(/\r?\n/).some(o=>/^\/?\.evenkeel\/?$/.test(o.trim()))?!1:(O(e,".gitignore",`${r}${r===""||r.endsWith(`
`)?"":`
`}.evenkeel/
`),!0)}function ee(e){for(let t of[["symbolic-ref","--quiet","--short","refs/remotes/origin/HEAD"],["symbolic-ref","--quiet","--short","HEAD"]])try{return B("git",t,{cwd:e,encoding:"utf8",stdio:"pipe"}).trim().replace(/^origin\//,"")}catch{}return"main"}export{qe as initCommand};
