/**
 * Kubernetes manifests: an edit of one line each, as people make them. What is everyday business has to pass every rule
 * on configuration, and what breaks or weakens a deployment must not.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compareConfig, compareConfigTrees } from '../../analyzers/config/compare-config.ts';

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: shop/web:1.4.2
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: MODE
              value: fast
            - name: TOKEN
              valueFrom:
                secretKeyRef:
                  name: web
                  key: token
          envFrom:
            - configMapRef:
                name: settings
          readinessProbe:
            httpGet:
              path: /ready
              port: http
            periodSeconds: 10
          livenessProbe:
            httpGet:
              path: /live
              port: 8080
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
      volumes:
        - name: data
          persistentVolumeClaim:
            claimName: data
`;
const rest = `---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - name: web
      port: 80
      targetPort: http
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  COLOUR: blue
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: web
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
spec:
  accessModes: [ReadWriteOnce]
  storageClassName: standard
  resources:
    requests:
      storage: 10Gi
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
    - host: shop.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web
                port:
                  number: 80
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  minReplicas: 2
  maxReplicas: 10
`;
const manifests = `${deployment}${rest}`;

type Edit = [name: string, from: string, to: string];

const harmless: Edit[] = [
  ['another version of the image', 'web:1.4.2', 'web:1.5.0'],
  ['an image by digest', 'web:1.4.2', `web@sha256:${'a'.repeat(64)}`],
  ['more instances', 'replicas: 3', 'replicas: 5'],
  ['one instance less', 'replicas: 3', 'replicas: 2'],
  [
    'another label of the object',
    '  labels:\n    app: web\nspec',
    '  labels:\n    app: web\n    team: shop\nspec',
  ],
  ['another annotation', 'name: web\n  labels', 'name: web\n  annotations:\n    owner: shop\n  labels'],
  [
    'another label of the pods',
    '      labels:\n        app: web\n',
    '      labels:\n        app: web\n        tier: front\n',
  ],
  ['a higher memory limit', 'memory: 256Mi', 'memory: 512Mi'],
  ['a higher CPU request', 'cpu: 100m', 'cpu: 200m'],
  ['a CPU limit', 'memory: 256Mi', 'memory: 256Mi\n              cpu: 500m'],
  [
    'another variable',
    '            - name: TOKEN',
    '            - name: SHADE\n              value: dark\n            - name: TOKEN',
  ],
  ['a sidecar', '      volumes:', '        - name: log\n          image: shop/log:2.0.0\n      volumes:'],
  ['a longer period', 'periodSeconds: 10', 'periodSeconds: 15'],
  ['another path of a probe', 'path: /ready', 'path: /readyz'],
  ['an entry of a map', 'COLOUR: blue', 'COLOUR: blue\n  SIZE: large'],
  ['a larger claim', 'storage: 10Gi', 'storage: 20Gi'],
  ['another path of the ingress', '          - path: /\n', '          - path: /shop\n'],
  ['another upper limit of instances', 'maxReplicas: 10', 'maxReplicas: 20'],
  ['a comment', 'replicas: 3', 'replicas: 3 # one for each zone'],
  ['another port of the service', 'port: 80\n      targetPort', 'port: 81\n      targetPort'],
  [
    'an object of its own',
    rest,
    `${rest}---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\ndata: {}\n`,
  ],
  [
    'a rolling update',
    '  selector:\n    matchLabels',
    '  strategy:\n    type: RollingUpdate\n  selector:\n    matchLabels',
  ],
];

describe('everyday edits of Kubernetes manifests', () => {
  for (const [name, from, to] of harmless) {
    test(name, async () => {
      const findings = await compareConfig(
        { path: 'k8s.yaml', text: manifests },
        { path: 'k8s.yaml', text: edited(from, to) },
      );
      assert.deepEqual(
        findings.filter(({ proof }) => proof !== undefined),
        [],
      );
    });
  }
});

function edited(from: string, to: string): string {
  assert.ok(manifests.includes(from), `no ${from} in the manifests`);
  return manifests.replace(from, to);
}

const harmful: [...Edit, rule: string, proof: string][] = [
  [
    'another selector',
    'matchLabels:\n      app: web',
    'matchLabels:\n      app: shop',
    'keep-workload',
    'breaking',
  ],
  [
    'pods that nobody selects',
    '      labels:\n        app: web',
    '      labels:\n        app: shop',
    'keep-workload',
    'breaking',
  ],
  [
    'a service that selects nothing',
    'selector:\n    app: web\n',
    'selector:\n    app: shop\n',
    'keep-workload',
    'breaking',
  ],
  ['a smaller claim', 'storage: 10Gi', 'storage: 5Gi', 'keep-workload', 'breaking'],
  [
    'another class of storage',
    'storageClassName: standard',
    'storageClassName: fast',
    'keep-workload',
    'breaking',
  ],
  [
    'other access modes',
    'accessModes: [ReadWriteOnce]',
    'accessModes: [ReadWriteMany]',
    'keep-workload',
    'breaking',
  ],
  ['no instances', 'replicas: 3', 'replicas: 0', 'keep-probe', 'unproven'],
  ['one instance', 'replicas: 3', 'replicas: 1', 'keep-probe', 'unproven'],
  ['the autoscaler leaves one', 'minReplicas: 2', 'minReplicas: 1', 'keep-probe', 'unproven'],
  ['the latest image', 'web:1.4.2', 'web:latest', 'keep-probe', 'unproven'],
  ['no tag at all', 'web:1.4.2', 'web', 'keep-probe', 'unproven'],
  [
    'no liveness probe',
    '          livenessProbe:\n            httpGet:\n              path: /live\n              port: 8080\n',
    '',
    'keep-probe',
    'unproven',
  ],
  ['no limits', '            limits:\n              memory: 256Mi\n', '', 'keep-probe', 'unproven'],
  ['a limit below the request', 'memory: 256Mi', 'memory: 64Mi', 'keep-probe', 'breaking'],
  ['a target port that is none', 'targetPort: http', 'targetPort: web', 'keep-port', 'breaking'],
  ['a number that is no port', 'targetPort: http', 'targetPort: 9090', 'keep-port', 'unproven'],
  ['a port of another name', '- name: http\n', '- name: web\n', 'keep-port', 'breaking'],
  [
    'a map of another name',
    'configMapRef:\n                name: settings',
    'configMapRef:\n                name: setings',
    'resolve-resource',
    'breaking',
  ],
  [
    'a map that is renamed',
    'metadata:\n  name: settings',
    'metadata:\n  name: settings-2',
    'resolve-resource',
    'breaking',
  ],
  [
    'an account that is renamed',
    'kind: ServiceAccount\nmetadata:\n  name: web',
    'kind: ServiceAccount\nmetadata:\n  name: web-2',
    'resolve-resource',
    'breaking',
  ],
  ['a claim of another name', 'claimName: data', 'claimName: dat', 'resolve-resource', 'breaking'],
  [
    'a backend that is none',
    'service:\n                name: web',
    'service:\n                name: wen',
    'resolve-resource',
    'breaking',
  ],
];

describe('edits of Kubernetes manifests that break or weaken', () => {
  for (const [name, from, to, rule, proof] of harmful) {
    test(name, async () => {
      const findings = await compareConfig(
        { path: 'k8s.yaml', text: manifests },
        { path: 'k8s.yaml', text: edited(from, to) },
      );
      const found = findings.filter(({ ruleId }) => ruleId === `config/${rule}`);
      assert.ok(
        found.some((finding) => finding.proof === proof),
        JSON.stringify(findings, null, 1),
      );
      for (const { span } of found) assert.ok(span);
    });
  }
});

const objectOf = (kind: string, body: string, apiVersion = 'v1') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: thing\n${body}`;

// prettier-ignore
const immutable: [name: string, before: string, after: string][] = [
  ['the service of a stateful set', objectOf('StatefulSet', 'spec:\n  serviceName: a\n', 'apps/v1'), objectOf('StatefulSet', 'spec:\n  serviceName: b\n', 'apps/v1')],
  ['the claims of a stateful set', objectOf('StatefulSet', 'spec:\n  volumeClaimTemplates: [{ metadata: { name: a } }]\n', 'apps/v1'), objectOf('StatefulSet', 'spec:\n  volumeClaimTemplates: [{ metadata: { name: b } }]\n', 'apps/v1')],
  ['the template of a job', objectOf('Job', 'spec:\n  template: { spec: { containers: [{ name: a, image: "b:1" }] } }\n', 'batch/v1'), objectOf('Job', 'spec:\n  template: { spec: { containers: [{ name: a, image: "b:2" }] } }\n', 'batch/v1')],
  ['the address of a service', objectOf('Service', 'spec:\n  clusterIP: None\n'), objectOf('Service', 'spec:\n  clusterIP: 10.0.0.7\n')],
  ['what a role is bound to', objectOf('RoleBinding', 'roleRef: { kind: Role, name: reader }\n', 'rbac.authorization.k8s.io/v1'), objectOf('RoleBinding', 'roleRef: { kind: Role, name: writer }\n', 'rbac.authorization.k8s.io/v1')],
  ['an immutable map', objectOf('ConfigMap', 'immutable: true\ndata: { a: b }\n'), objectOf('ConfigMap', 'immutable: true\ndata: { a: c }\n')],
  ['the type of a secret', objectOf('Secret', 'type: Opaque\n'), objectOf('Secret', 'type: kubernetes.io/tls\n')],
];

describe('fields that the API server does not change', () => {
  for (const [name, before, after] of immutable) {
    test(name, async () => {
      const findings = await compareConfig(
        { path: 'k8s.yaml', text: before },
        { path: 'k8s.yaml', text: after },
      );
      assert.ok(
        findings.some(({ ruleId, proof }) => ruleId === 'config/keep-workload' && proof === 'breaking'),
      );
    });
  }
});

test('objects of other files are looked at', async () => {
  const before = new Map([
    ['k8s/web.yaml', deployment],
    ['k8s/rest.yaml', rest.slice(4)],
  ]);
  const renamed = new Map([
    ...before,
    ['k8s/rest.yaml', rest.slice(4).replace('name: settings', 'name: options')],
  ]);
  const findings = await compareConfigTrees(before, renamed);
  const lost = findings.find(({ ruleId }) => ruleId === 'config/resolve-resource');
  assert.equal(lost?.path, 'k8s/rest.yaml');
  assert.match(lost.message, /Deployment web \(k8s\/web\.yaml\)/);
  const moved = new Map([
    ['k8s/web.yaml', deployment],
    ['k8s/more.yaml', rest.slice(4)],
  ]);
  const after = await compareConfigTrees(before, moved);
  assert.deepEqual(
    after.filter(({ ruleId }) => /resolve-resource|keep-port|keep-workload/.test(ruleId)),
    [],
  );
});

test('what was never declared here comes from elsewhere', async () => {
  const before = deployment;
  const after = deployment
    .replace('claimName: data', 'claimName: other')
    .replace('name: settings', 'name: more');
  const findings = await compareConfig({ path: 'a.yaml', text: before }, { path: 'a.yaml', text: after });
  assert.deepEqual(
    findings.filter(({ ruleId }) => ruleId === 'config/resolve-resource'),
    [],
  );
});
