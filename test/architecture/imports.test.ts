/** The rules of the house, checked on the files themselves: who may import whom, what is pure, names, sizes, READMEs. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');
/** Tracked files and new ones, as they stand in the work tree. */
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(root, path)) && !path.startsWith('action/dist/'));
const sources = files
  .filter((path) => path.endsWith('.ts') && !path.startsWith('test/fixtures/'))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** Lowest first: a room may import itself and what stands before it. */
const rooms = ['analyzers', 'policies', 'stacks', 'action', 'test'];
const pureRooms = ['analyzers', 'policies'];

interface Import {
  from: string;
  /** A path from the root, or a package. */
  to: string;
  isRelative: boolean;
}

const imports: Import[] = sources.flatMap(({ path, text }) =>
  ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => {
    const isRelative = fileName.startsWith('.');
    return { from: path, to: isRelative ? posix.join(dirname(path), fileName) : fileName, isRelative };
  }),
);

test('imports go one way: analyzers <- policies <- stacks <- action <- test', () => {
  assert.ok(imports.length > 100, 'the imports were read');
  const wrong = imports.filter(({ from, to, isRelative }) => {
    const place = rooms.indexOf(roomOf(from));
    return isRelative && place !== -1 && !rooms.slice(0, place + 1).includes(roomOf(to));
  });
  assert.deepEqual(wrong.map(shown), []);
});

test('every relative import names a file that is there', () => {
  const wrong = imports.filter(({ to, isRelative }) => isRelative && !existsSync(join(root, to)));
  assert.deepEqual(wrong.map(shown), []);
});

test('analyzers and policies import nothing that reaches outside', () => {
  const impure =
    /^(node:(?!crypto$|buffer$|path\/posix$|util$|assert)|undici|@octokit\/|@actions\/|@pulumi\/|pulumi$|simple-git)/;
  const bare = /^(fs|net|http|https|child_process|os|process|timers|worker_threads|dns|tls)(\/|$)/;
  const wrong = imports.filter(
    ({ from, to, isRelative }) =>
      pureRooms.includes(roomOf(from)) && !isRelative && (impure.test(to) || bare.test(to)),
  );
  assert.deepEqual(wrong.map(shown), []);
});

test('analyzers and policies use no clock, no randomness and no process', () => {
  const wrong = sources
    .filter(({ path }) => pureRooms.includes(roomOf(path)))
    .flatMap(({ path, text }) => impureUses(path, text));
  assert.deepEqual(wrong, []);
});

test('the check of purity sees what it looks for', () => {
  const text = [
    'const a = Date.now();',
    'const b = new Date();',
    'const c = Math.random();',
    'const d = process.env;',
    'const e = crypto.randomUUID();',
    'setTimeout(() => 0, 1);',
    'await fetch("http://x");',
    'import { randomBytes } from "node:crypto";',
    // None of these is one: a given time, a member of that name, a word in a text.
    'const run = (process: Run) => process.state;',
    'const f = new Date(at); const g = rollout.process; const h = "Math.random()";',
  ].join('\n');
  assert.deepEqual(
    impureUses('x.ts', text).map((use) => use.slice('x.ts:'.length).split(' ')[0]),
    ['1', '2', '3', '4', '5', '6', '7', '8'],
  );
});

test('no default exports, enums or namespaces outside of configuration', () => {
  const wrong = sources.flatMap(({ path, text }) =>
    parse(path, text).statements.flatMap((statement) => {
      const isDefault =
        ts.isExportAssignment(statement) ||
        (ts.canHaveModifiers(statement) &&
          ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true);
      const isForbidden = isDefault || ts.isEnumDeclaration(statement) || ts.isModuleDeclaration(statement);
      return isForbidden ? [placeOf(path, statement)] : [];
    }),
  );
  assert.deepEqual(wrong, []);
});

test('nothing stands at the top level but what was agreed', () => {
  const agreed = new Set([
    ...rooms,
    'action.yml',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'eslint.config.js',
    'knip.json',
    'evenkeel.yml',
    'README.md',
    'LICENSE',
    'NOTICE',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
  ]);
  const top = new Set(files.map((path) => path.split('/')[0] ?? ''));
  assert.deepEqual(
    [...top].filter((name) => !agreed.has(name) && !name.startsWith('.')),
    [],
  );
});

test('there is no src, lib, utils, helpers, common or types.ts, and names are kebab-case', () => {
  const forbidden = /(^|\/)(src|lib|utils?|helpers?|common|types\.ts|index\.ts)(\/|$)/;
  const own = sources.map(({ path }) => path);
  // A kind of change has an index: what it claims and which rules it has.
  const isKind = /^analyzers\/[a-z]+\/index\.ts$/;
  assert.deepEqual(
    own.filter((path) => forbidden.test(path) && !isKind.test(path)),
    [],
  );
  const kebab = /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.(test|bench|generated|config|d))?\.ts$/;
  assert.deepEqual(
    own.filter((path) => !kebab.test(path)),
    [],
  );
});

test('every room has a README, of at most 40 lines', () => {
  // Rooms with files of their own; a rule's folder belongs to its kind.
  const folders = new Set(
    sources
      .map(({ path }) => dirname(path))
      .filter((folder) => /^(analyzers|policies|stacks|action)\/[a-z-]+$/.test(folder)),
  );
  // One file each, or told of in the README one level up.
  for (const folder of ['action/commands', 'policies/command', 'analyzers/config']) folders.add(folder);
  const missing = [...folders].filter((folder) => !hasReadme(folder) && !hasReadme(dirname(folder)));
  assert.deepEqual(missing, []);
  const long = files.filter(
    (path) =>
      path.endsWith('README.md') &&
      path.includes('/') &&
      linesOf(path) > 40 &&
      !path.startsWith('test/fixtures/'),
  );
  assert.deepEqual(long, []);
});

/** Files that are longer than they should be, and may not grow: a line goes when its file has been cut. */
const overLong: Record<string, number> = {
  'analyzers/code/rules/match-lockfile.ts': 128,
};

test('rules have at most 120 lines, other files at most 400', () => {
  const lengths = sources
    .filter(({ path }) => !path.endsWith('.generated.ts'))
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
  const limitOf = (path: string): number => (/^analyzers\/[a-z]+\/rules\//.test(path) ? 120 : 400);
  assert.deepEqual(
    lengths.filter(({ path, lines }) => lines > (overLong[path] ?? limitOf(path))),
    [],
  );
  const needless = Object.keys(overLong).filter(
    (known) => !lengths.some(({ path, lines }) => path === known && lines > limitOf(path)),
  );
  assert.deepEqual(needless, [], 'these are short enough now: take them off the list');
});

function roomOf(path: string): string {
  return path.split('/')[0] ?? '';
}

function shown({ from, to }: Import): string {
  return `${from} imports ${to}`;
}

function hasReadme(folder: string): boolean {
  return folder !== '.' && existsSync(join(root, folder, 'README.md'));
}

function linesOf(path: string): number {
  return readFileSync(join(root, path), 'utf8').split('\n').length - 1;
}

function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

function placeOf(path: string, node: ts.Node): string {
  const { line } = node.getSourceFile().getLineAndCharacterOfPosition(node.getStart());
  return `${path}:${line + 1} ${node.getText().split('\n')[0]?.slice(0, 60) ?? ''}`;
}

/** Uses of globals that make a result depend on more than the arguments. */
function impureUses(path: string, text: string): string[] {
  const found: string[] = [];
  const globals = new Set([
    'process',
    'performance',
    'fetch',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'crypto',
    'WebSocket',
  ]);
  const members = new Set(['Date.now', 'Math.random']);
  const randomness = new Set([
    'randomBytes',
    'randomUUID',
    'randomInt',
    'randomFillSync',
    'generateKeyPairSync',
  ]);
  visit(parse(path, text));
  return found;

  function visit(node: ts.Node): void {
    if (isImpure(node)) found.push(placeOf(path, node));
    else ts.forEachChild(node, visit);
  }

  function isImpure(node: ts.Node): boolean {
    if (ts.isNewExpression(node))
      return node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0;
    if (ts.isPropertyAccessExpression(node) && members.has(node.getText())) return true;
    if (ts.isImportSpecifier(node)) return randomness.has((node.propertyName ?? node.name).text);
    return ts.isIdentifier(node) && globals.has(node.text) && isRead(node) && !isDeclaredAround(node);
  }
}

/** An identifier that stands for a variable, not for a member, a declaration or a type. */
function isRead(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isCallExpression(parent)) return true;
  return ts.isElementAccessExpression(parent) && parent.expression === node;
}

/** Whether a parameter or variable of that name stands between an identifier and the top of its file. */
function isDeclaredAround({ text, parent }: ts.Identifier): boolean {
  for (let scope: ts.Node = parent; !ts.isSourceFile(scope); scope = scope.parent) {
    if (ts.isFunctionLike(scope) && scope.parameters.some(({ name }) => declares(name, text))) return true;
    if (ts.isForOfStatement(scope) && ts.isVariableDeclarationList(scope.initializer))
      if (scope.initializer.declarations.some(({ name }) => declares(name, text))) return true;
    if (!ts.isBlock(scope)) continue;
    for (const statement of scope.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      if (statement.declarationList.declarations.some(({ name }) => declares(name, text))) return true;
    }
  }
  return false;
}

function declares(name: ts.BindingName, text: string): boolean {
  if (ts.isIdentifier(name)) return name.text === text;
  return name.elements.some((element) => ts.isBindingElement(element) && declares(element.name, text));
}
