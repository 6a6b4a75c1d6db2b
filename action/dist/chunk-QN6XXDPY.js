import { createRequire as evenkeelCreateRequire } from 'node:module';import { fileURLToPath as evenkeelFileURLToPath } from 'node:url';import { dirname as evenkeelDirname } from 'node:path';const require = evenkeelCreateRequire(import.meta.url);const __filename = evenkeelFileURLToPath(import.meta.url);const __dirname = evenkeelDirname(__filename);
import{e as f}from"./chunk-PWPD4VS5.js";import{b as u,c as d}from"./chunk-4IVV5LXF.js";import{a as m}from"./chunk-KEVPNKPY.js";import"./chunk-PQYUW476.js";import"./chunk-JP52DDLL.js";import"./chunk-J2IHVYC7.js";import"./chunk-PKAA67B5.js";import{b as p}from"./chunk-25M4MIHB.js";import"./chunk-RJRCMFR4.js";import{existsSync as a,mkdirSync as g,readFileSync as w,writeFileSync as h}from"node:fs";import{dirname as v,join as c,resolve as b}from"node:path";var R={name:"init",summary:"write evenkeel.yml and the workflows for this repository",usage:"evenkeel init [--directory DIR] [--force]",example:"evenkeel init",options:{directory:{type:"string"},force:{type:"boolean"}},optionHelp:{directory:"the repository (default: where you are)",force:"replace files that are there already"},run({values:o},n){let{directory:e}=o,r=m(typeof e=="string"?b(n.workingDirectory,e):n.workingDirectory),t=j(r),i=Object.keys(t).filter(s=>a(c(r,s)));if(i.length>0&&o.force!==!0)throw p("file-exists",`${i.join(", ")} is there already; nothing was written (--force replaces it)`);for(let[s,k]of Object.entries(t))g(v(c(r,s)),{recursive:!0}),h(c(r,s),k);let y=q(r),l=[...Object.keys(t),...y?[".gitignore"]:[]];return Promise.resolve({exitCode:0,decision:"done",reasonCode:"written",result:{files:l},text:[...l.map(s=>`wrote ${s}`),"","Next: read evenkeel.yml, correct what was guessed, and open a pull request with it.","Until it has landed, `evenkeel check` reports and blocks nothing."].join(`
`)})}};function j(o){let n=x(o),e=u(n,"evenkeel.yml");if(!e.ok)throw new Error(`init wrote a policy that does not load: ${e.problems.map(d).join("; ")}`);return{"evenkeel.yml":n,".github/workflows/evenkeel-check.yml":C,".github/workflows/evenkeel-deploy.yml":F}}function x(o){let n=i=>a(c(o,i)),e=["openapi.yaml","openapi.yml","openapi.json","api/openapi.yaml","api/openapi.json"].find(n),r=["migrations","db/migrations"].find(n),t=["version: 1","services:",`  ${$(o)}:`,'    paths: ["**"]'];return n("config")&&t.push("    config: [{ files: [config/**/*.json, config/**/*.yaml] }]"),e!==void 0&&t.push(`    schemas: [{ files: ${e}, kind: openapi, direction: produced }]`),r!==void 0&&t.push(`    migrations: { files: ${r}/**/*.sql }`),n("package-lock.json")&&t.push("    code: { commands: [npm ci, npm test], timeout: 15m }"),n("Pulumi.yaml")&&t.push("    infra: { directory: . }"),t.push("    # To deploy as well, say where to and how one instance is started:","    # target: local","    # run: { command: npm start, health: /healthz, port: 8080, instances: 2 }"),e!==void 0&&t.push(`    # probes: { openapi: ${e} }`),t.push("approval: { required: 1 }","rollout: { preset: standard }","unclaimed: block",""),t.join(`
`)}function $(o){let n=f(c(o,"package.json")),e;try{let i=JSON.parse(n??"{}");e=typeof i=="object"&&i!==null&&"name"in i?i.name:void 0}catch{e=void 0}let t=(typeof e=="string"?e:o.split("/").at(-1)??"").toLowerCase().replace(/^@[^/]*\//,"").replace(/[^a-z0-9_-]+/g,"-").replace(/^[-_]+/,"").slice(0,40);return t===""?"service":t}function q(o){let n=c(o,".gitignore"),e=a(n)?w(n,"utf8"):"";return e.split(`
`).some(r=>r.trim()===".evenkeel/"||r.trim()===".evenkeel")?!1:(h(n,`${e}${e===""||e.endsWith(`
`)?"":`
`}.evenkeel/
`),!0)}var C=`name: evenkeel check
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
`,F=`name: evenkeel deploy
on:
  push:
    branches: [main]
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
`;export{R as initCommand};
