// Written by `npm run generate` from the first firing fixture of every rule. Do not edit.

/** What a rule looks like at work: lines that begin with a blank, - or +, and what is said about them. */
export interface RuleExample {
  path: string;
  diff: readonly string[];
  message: string;
}

export const ruleExamples: Readonly<Record<string, RuleExample>> = {
  "config/forbid-secrets": {"path":"config/file.yaml","diff":[],"message":"this looks like a secret (GITHUB_TOKEN)"},
  "config/match-schema": {"path":"config/shop.yaml","diff":["+port: http"],"message":"/port must be integer (config/shop.schema.json)"},
  "config/parse-syntax": {"path":"config/file.yaml","diff":[],"message":"config/file.yaml is binary (3 bytes), so its content was not checked"},
  "config/question-magnitude": {"path":"config/file.yaml","diff":["-timeout: 30","-share: 10%","-limits: [1, 20]","-port: 80","+timeout: 30000","+share: 0.5%","+limits: [1, 2]","+port: 8080"],"message":"/timeout moved from 30 to 30000"},
  "schema/keep-compatible": {"path":"schema/file.json","diff":[" ...","     },","     {","-      \"type\": \"number\"","+      \"type\": \"boolean\"","     }","   ]"," ..."],"message":"the whole value: \"anyOf\" now refuses what was accepted; for example 1"},
  "schema/keep-required-field": {"path":"schema/file.json","diff":[" ...","   },","   \"required\": [","-    \"a\"","+    \"a\",","+    \"b\"","   ]"," }"],"message":"the whole value: \"b\" is newly required; for example {\"a\":\"x\"}"},
  "schema/parse-syntax": {"path":"schema/file.json","diff":["+{","+  \"type\": \"objekt\"","+}"],"message":"schema/file.json is not a usable JSON Schema: schema is invalid: data/type must be equal to one of the allowed values, data/type must be array, data/type must match a schema in anyOf"},
  "sql/forbid-destructive": {"path":"sql/file.sql","diff":["+DROP TABLE IF EXISTS shop.orders, invoices;","+ALTER TABLE customers DROP COLUMN email, ADD COLUMN mail text;","+TRUNCATE carts;","+DROP SCHEMA archive CASCADE;","+DROP TYPE mood;","+DROP VIEW totals CASCADE;"],"message":"DROP TABLE shop.orders destroys data for good"},
  "sql/forbid-edited-migration": {"path":"sql/file.sql","diff":[" CREATE TABLE orders (","-  id integer","+  id bigint"," );"],"message":"sql/file.sql is in the base and is edited here, though it may have run already"},
  "sql/parse-syntax": {"path":"sql/file.sql","diff":["+DO LANGUAGE plpython3u $$ plpy.execute('DROP TABLE orders') $$;"],"message":"what this runs could not be checked: its body is written in plpython3u"},
  "sql/require-lock-timeout": {"path":"sql/file.sql","diff":["+ALTER TABLE orders ADD COLUMN note text;","+CREATE INDEX orders_by_note ON orders (note);","+LOCK TABLE carts;","+REFRESH MATERIALIZED VIEW totals;","+CREATE TABLE lines (order_id bigint REFERENCES orders (id));","+DROP TRIGGER audit ON shop.orders;"],"message":"ALTER TABLE takes a lock (ACCESS EXCLUSIVE) on orders with no lock_timeout set before it in this file"},
  "code/forbid-conflict-markers": {"path":"code/file.js","diff":["+// answers","+<<<<<<< HEAD"," export const answer = 41;","+=======","+export const answer = 42;","+>>>>>>> topic"],"message":"a merge conflict was not resolved"},
  "code/forbid-unreadable": {"path":"code/file.js","diff":[],"message":"code/file.js cannot be decoded (not UTF-8)"},
  "code/match-lockfile": {"path":"code/package.json","diff":["+{ \"name\": \"shop\",, }"],"message":"code/package.json does not parse: property name expected"},
  "code/pass-commands": {"path":"evenkeel.yml","diff":[" (in code/main.js)","-export const answer = 1;","+export const answer = 2;"],"message":"npm test failed with exit code 1; it ended with:"},
  "infra/keep-stateful": {"path":"infra/index.ts","diff":[" import * as aws from '@pulumi/aws';"," ","-export const orders = new aws.dynamodb.Table('orders', { hashKey: 'id', billingMode: 'PAY_PER_REQUEST' });","-export const uploads = new aws.s3.BucketV2('uploads', {});","-export const worker = new aws.ec2.LaunchTemplate('worker', {});","+const stage = 'é';","+export const orders = new aws.dynamodb.Table('orders', { hashKey: 'orderId', billingMode: 'PAY_PER_REQUEST' }..."],"message":"acme:index:License \"license-7\" would be destroyed, and the policy lists it as stateful"},
  "infra/parse-syntax": {"path":"infra/Pulumi.production.yaml","diff":["+config:","+  aws:region: [eu"],"message":"flow sequence in block collection must be sufficiently indented and end with a ]"},
  "infra/preview-succeeds": {"path":"infra","diff":[" (in infra/index.ts)"," import * as aws from '@pulumi/aws';"," ","-export const orders = new aws.dynamodb.Table('orders', { hashKey: 'id', billingMode: 'PAY_PER_REQUEST' });","-export const uploads = new aws.s3.BucketV2('uploads', {});","-export const worker = new aws.ec2.LaunchTemplate('worker', {});","+const stage = 'é';","+export const orders = new aws.dynamodb.Table('orders', { hashKey: 'orderId', billingMode: 'PAY_PER_REQUEST' }..."],"message":"the preview of infra failed: error: index.ts(3,1): stage is not defined"},
};
