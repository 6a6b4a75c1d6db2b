import { createRequire as evenkeelCreateRequire } from 'node:module';import { fileURLToPath as evenkeelFileURLToPath } from 'node:url';import { dirname as evenkeelDirname } from 'node:path';const require = evenkeelCreateRequire(import.meta.url);const __filename = evenkeelFileURLToPath(import.meta.url);const __dirname = evenkeelDirname(__filename);
import{a as s}from"./chunk-OMWMDKRV.js";import{f}from"./chunk-QRFQLIPP.js";import{randomBytes as c}from"node:crypto";import{linkSync as m,mkdirSync as d,readFileSync as l,readlinkSync as g,renameSync as y,rmSync as S,symlinkSync as h,writeFileSync as u}from"node:fs";import{join as e}from"node:path";function w(n,t){let r=e(n,"cli");d(e(r,"bin"),{recursive:!0,mode:448});let i=e(r,"pulumi");E(i)!==t&&p(i,o=>h(t,o));let a=e(r,"bin","pulumi");return f(a)!==$&&p(a,o=>u(o,$,{mode:448})),r}var $=`#!/bin/sh
start_of() { shift 19; start=$1; }
if [ -n "$${s}" ]; then
  start=
  if [ -r "/proc/$$/stat" ]; then
    read -r line < "/proc/$$/stat"
    start_of \${line##*) }
  else
    start=$(ps -o lstart= -p $$)
  fi
  printf '%s\\n%s\\n' "$EVENKEEL_MACHINE" "$start" > "$${s}/cli-$$"
fi
exec "\${0%/*}/../pulumi" "$@"
`;function p(n,t){let r=`${n}.${process.pid}.${c(4).toString("hex")}`;t(r),y(r,n)}function E(n){try{return g(n)}catch{return null}}function F(n){let t=e(n,"passphrase"),r=`${t}.${process.pid}.${c(4).toString("hex")}`;try{return l(t,"utf8")}catch{u(r,c(24).toString("base64url"),{mode:384,flag:"wx"})}try{m(r,t)}catch(i){if(!(i instanceof Error)||!("code"in i)||i.code!=="EEXIST")throw i}finally{S(r,{force:!0})}return l(t,"utf8")}export{w as a,F as b};
