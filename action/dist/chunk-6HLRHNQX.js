import { createRequire as evenkeelCreateRequire } from 'node:module';import { fileURLToPath as evenkeelFileURLToPath } from 'node:url';import { dirname as evenkeelDirname } from 'node:path';const require = evenkeelCreateRequire(import.meta.url);const __filename = evenkeelFileURLToPath(import.meta.url);const __dirname = evenkeelDirname(__filename);
import{a as b}from"./chunk-WFAP3QT4.js";import{f as w,g as k}from"./chunk-BAUKRNEK.js";import"./chunk-RE74YMVQ.js";import"./chunk-MEFX454W.js";import"./chunk-ZYSC2QXW.js";import"./chunk-M4AAQ5JN.js";import"./chunk-IPMPLBFE.js";import"./chunk-DDEMZQVJ.js";import"./chunk-33OZICKH.js";import"./chunk-SWCPQFJ4.js";import"./chunk-CPGP6EX5.js";import{a as v}from"./chunk-OICOE2AO.js";import"./chunk-QCZVSOIN.js";import"./chunk-2T27KTFF.js";import"./chunk-CQGRJZUN.js";import"./chunk-GPFJAR7N.js";import"./chunk-7VJRHLFG.js";import"./chunk-Z2YGS3MS.js";import"./chunk-U7CMNMNR.js";import{a as f}from"./chunk-AM6BP5MP.js";import"./chunk-GZXAJ6NE.js";import"./chunk-A37EXIUR.js";import{b as p,d as y}from"./chunk-YOCHGNIH.js";import"./chunk-RJRCMFR4.js";import{execFileSync as B}from"node:child_process";import{existsSync as O,mkdirSync as K,readFileSync as U,writeFileSync as V}from"node:fs";import{dirname as Q,join as g,resolve as X}from"node:path";import{execFileSync as R}from"node:child_process";import{readFileSync as N}from"node:fs";import{basename as P,dirname as C,join as F}from"node:path";var _=10;function j(e){let t=D(e),{name:o,hasTests:n}=z(e,t),r=t.filter(s=>/(^|\/)(openapi|swagger)\.(ya?ml|json)$/.test(s)),[i]=r,c=t.find(s=>/(^|\/)(runbook|playbook)s?\.md$/i.test(s));return`${["version: 1","services:",`  ${o}:`,'    paths: ["**"]',...$("config",M(t)),...$("schemas",r.map(s=>`{ files: ${a(d(s))}, kind: openapi, direction: produced }`)),...I(t),...t.includes("package-lock.json")?[`    code: { commands: [npm ci${n?", npm test":""}], timeout: 15m }`]:[],...H(t),"    # To deploy as well, say where to and how one instance is started:","    # target: local","    # run: { command: npm start, health: /healthz, port: 8080, instances: 2 }",...i===void 0?[]:[`    # probes: { openapi: ${a(i)} }`],`    # runbooks: { rolled-back: ${a(c??"docs/runbook.md")} }`,"approval: { required: 1 }","rollout: { preset: standard }","unclaimed: block"].join(`
`)}
`}function D(e){let o=R("git",["ls-files","-z","--cached","--others","--exclude-standard"],{cwd:e,encoding:"utf8",maxBuffer:1073741824}).split("\0").filter(n=>n!==""&&!/(^|\/)node_modules\//.test(n));return[...new Set(o)].sort()}function M(e){let t=e.filter(n=>n.endsWith(".schema.json")).flatMap(n=>{let r=n.slice(0,-12),i=e.find(c=>[`${r}.json`,`${r}.yaml`,`${r}.yml`].includes(c));return i===void 0?[]:[{file:i,schema:n}]}),o=e.flatMap(n=>/^(?:.+\/)?config(?=\/)/.exec(n)?.[0]??[]);return[...t.map(({file:n,schema:r})=>`{ files: ${a(d(n))}, schema: ${a(r)} }`),...[...new Set(o)].map(n=>`{ files: ${a(`${d(n)}/**/*.{json,yaml,yml,toml}`)} }`)]}function I(e){let t=e.filter(n=>/(^|\/)migrations?\/(?:.*\/)?[^/]+\.sql$/.test(n)).map(n=>`${d(n.replace(/((?:^|\/)migrations?)\/.*$/,"$1"))}/**/*.sql`),o=[...new Set(t)].slice(0,_);return o.length===0?[]:[`    migrations: { files: [${o.map(a).join(", ")}] }`]}function H(e){let t=e.find(o=>o.endsWith("/Pulumi.yaml"));return t===void 0?[]:[`    infra: { directory: ${a(C(t))} }`]}function $(e,t){return t.length===0?[]:[`    ${e}:`,...t.slice(0,_).map(o=>`      - ${o}`)]}function z(e,t){let o=t.includes("package.json")?A(F(e,"package.json")):{},{name:n,scripts:r}=o;return{name:J(typeof n=="string"?n:P(e)),hasTests:typeof r=="object"&&r!==null&&"test"in r}}function A(e){try{let t=JSON.parse(N(e,"utf8"));return typeof t=="object"&&t!==null?{...t}:{}}catch{return{}}}function J(e){let t=e.toLowerCase().replace(/^@[^/]*\//,"").replace(/[^a-z0-9_-]+/g,"-").replace(/^[-_]+/,"").slice(0,40);return t===""||/^(?:true|false|null|yes|no|on|off|y|n|\d.*)$/.test(t)?`service-${t}`.replace(/-$/,"").slice(0,40):t}function d(e){return e.replace(/[\\*?[\]{}()!+@|]/g,"\\$&")}function a(e){return JSON.stringify(e)}var G="actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0";function L(e){return e===null?`evenkeel/evenkeel@v${f}`:`evenkeel/evenkeel@${e} # v${f}`}function l(e,t={}){return[`- uses: ${G}`,`  with: { fetch-depth: 0, persist-credentials: false${t.checkout??""} }`,`- uses: ${L(e)}`,...t.inputs===void 0?[]:["  with:",...t.inputs.map(n=>`    ${n}`)]].map(n=>`      ${n}`).join(`
`)}var u=`    env:
      # With several self-hosted runners: a directory that all of them share, outside of the checkout. Each of them
      # otherwise knows only its own rollouts, commands and break-glass debts.
      EVENKEEL_HOME: ''`;function q(e){return`name: evenkeel advance
on:
  schedule:
    - cron: '*/5 * * * *'
  workflow_dispatch:
permissions: {}
jobs:
  advance:
    # The state of rollouts is on this machine.
    runs-on: self-hosted
${u}
    timeout-minutes: 30
    # Not the one of the deployments: of two runs that wait in a group GitHub drops the older, which could be a deployment.
    concurrency:
      group: evenkeel-advance
      cancel-in-progress: false
    permissions:
      contents: read
      deployments: write
      issues: write
      pull-requests: write
    steps:
${l(e,{inputs:["command: advance","for: 4m"],checkout:", clean: false"})}
`}var h="evenkeel check";function x(e){let o=l(e,{inputs:["command: check"]}).replace(/^( {6}- uses: .*)$/gm,`$1
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
${o}
`}function S(e){return`name: evenkeel approval
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
${u}
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
`}function E(e,t){return`name: evenkeel deploy
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
        description: 'The environment; left empty the waves of the policy, or else production.'
        type: string
      detach:
        description: 'Take the first steps only, and leave the rest to evenkeel-advance.yml.'
        type: boolean
        default: false
permissions: {}
jobs:
  deploy:
    if: github.event_name == 'push' || inputs.command == 'deploy'
    # The local target runs the service on this machine: give it one that stays.
    runs-on: self-hosted
${u}
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
      issues: write
      pull-requests: write
      statuses: read
    steps:
${l(t,{inputs:["command: deploy","service: ${{ inputs.service }}","environment: ${{ inputs.environment }}","detach: ${{ inputs.detach || 'false' }}"],checkout:", clean: false"})}
  command:
    if: github.event_name == 'workflow_dispatch' && inputs.command != 'deploy'
    runs-on: self-hosted
${u}
    timeout-minutes: 120
    permissions:
      contents: read
      checks: read
      deployments: write
      issues: write
      pull-requests: write
      statuses: read
    steps:
${l(t,{inputs:["command: ${{ inputs.command }}","service: ${{ inputs.service }}","environment: ${{ inputs.environment }}"],checkout:", clean: false"})}
`}var Oe={name:"init",summary:"write evenkeel.yml and the workflows for this repository",usage:"evenkeel init [--directory DIR] [--pin COMMIT] [--force]",example:"evenkeel init",options:{directory:{type:"string"},pin:{type:"string"},force:{type:"boolean"}},optionHelp:{pin:"the commit of the Evenkeel release that the workflows use (default: the tag of this version)",directory:"the repository (default: where you are)",force:"replace files that are there already"},run({values:e},t){let{directory:o}=e,n=b(typeof o=="string"?X(t.workingDirectory,o):t.workingDirectory),r=Z(n,Y(e.pin)),i=[...new Set([...Object.keys(r),...v])].filter(s=>O(g(n,s))),c=e.force===!0?i.filter(s=>!(s in r)):i;if(c.length>0){let s=e.force===!0;throw p("file-exists",s?`${c.join(", ")} is a policy file already, and evenkeel.yml would take its place; nothing was written (move or delete it first)`:`${c.join(", ")} is there already; nothing was written (--force replaces it)`)}for(let[s,W]of Object.entries(r))T(n,s,W);let m=[...Object.keys(r),...ee(n)?[".gitignore"]:[]];return Promise.resolve({exitCode:0,decision:"done",reasonCode:"written",result:{files:m},text:[...m.map(s=>`wrote ${s}`),"","Next: read evenkeel.yml, correct what was guessed, and open a pull request with it.","Until it has landed, `evenkeel check` reports, and blocks nothing but errors in evenkeel.yml.","Then have a branch rule require the checks `evenkeel check`, `Evenkeel / check` and `Evenkeel / approval`.","Deployments and commands in comments run on a runner of yours (`self-hosted`), where the state of rollouts is; without one, remove evenkeel-deploy.yml, evenkeel-advance.yml and the job `commands` of evenkeel-approval.yml."].join(`
`)})}};function Y(e){if(e===void 0)return null;if(typeof e=="string"&&/^[0-9a-f]{40}$/.test(e))return e;throw p("pin-invalid","--pin is not a full commit hash; give the 40 characters of the commit of an Evenkeel release")}function Z(e,t){let o=j(e),n=w(o,"evenkeel.yml");if(!n.ok)throw new Error(`init wrote a policy that does not load: ${n.problems.map(k).join("; ")}`);return{"evenkeel.yml":o,".github/workflows/evenkeel-check.yml":x(t),".github/workflows/evenkeel-approval.yml":S(t),".github/workflows/evenkeel-deploy.yml":E(te(e),t),".github/workflows/evenkeel-advance.yml":q(t)}}function T(e,t,o){let n=g(e,t);try{K(Q(n),{recursive:!0}),V(n,o)}catch(r){let i=r instanceof Error&&"code"in r?String(r.code):String(r);throw y("file-not-written",`${n} cannot be written (${i}); make room for it`,!0)}}function ee(e){let t=g(e,".gitignore"),o=O(t)?U(t,"utf8"):"";return o.split(/\r?\n/).some(r=>/^\/?\.evenkeel\/?$/.test(r.trim()))?!1:(T(e,".gitignore",`${o}${o===""||o.endsWith(`
`)?"":`
`}.evenkeel/
`),!0)}function te(e){for(let t of[["symbolic-ref","--quiet","--short","refs/remotes/origin/HEAD"],["symbolic-ref","--quiet","--short","HEAD"]])try{return B("git",t,{cwd:e,encoding:"utf8",stdio:"pipe"}).trim().replace(/^origin\//,"")}catch{}return"main"}export{Oe as initCommand};
