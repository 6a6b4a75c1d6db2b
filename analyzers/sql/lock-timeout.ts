import type { SqlStatement } from './document.ts';
import { asNode, isRecord, listAt, literalOf, nameOf, nodesIn, textAt } from './syntax-tree.ts';

/** Follows the setting through a file. SET LOCAL holds until the transaction ends; zero and DEFAULT switch it off. */
export class LockTimeout {
  #session = false;
  #local = false;

  get isSet(): boolean {
    return this.#session || this.#local;
  }

  observe({ node }: SqlStatement): void {
    const { tag, body } = node;
    if (tag === 'VariableSetStmt') this.#observeSet(body);
    else if (tag === 'SelectStmt') this.#observeSetConfig(body);
    else if (tag === 'DiscardStmt') this.#session = this.#local = false;
    else if (tag === 'TransactionStmt' && /_(COMMIT|ROLLBACK)$/.test(textAt(body, 'kind') ?? ''))
      this.#local = false;
  }

  #observeSet(body: Readonly<Record<string, unknown>>): void {
    if (textAt(body, 'kind') === 'VAR_RESET_ALL') this.#session = this.#local = false;
    if (textAt(body, 'name') !== 'lock_timeout') return;
    const isOn = textAt(body, 'kind') === 'VAR_SET_VALUE' && isPositive(listAt(body, 'args')[0]);
    this.#set(isOn, body['is_local'] === true);
  }

  #observeSetConfig(body: Readonly<Record<string, unknown>>): void {
    for (const node of nodesIn(listAt(body, 'targetList'))) {
      if (node.tag !== 'FuncCall') continue;
      const name = listAt(node.body, 'funcname').map(nameOf).at(-1);
      const [setting, value, isLocal] = listAt(node.body, 'args');
      if (name !== 'set_config' || literalOf(setting) !== 'lock_timeout') continue;
      this.#set(isPositive(value), !isFalse(isLocal));
    }
  }

  #set(isOn: boolean, isLocal: boolean): void {
    this.#local = isOn && isLocal;
    if (!isLocal) this.#session = isOn;
    else if (!isOn) this.#session = false;
  }
}

function isPositive(value: unknown): boolean {
  const literal = literalOf(value);
  return literal !== undefined && Number.parseFloat(String(literal)) > 0;
}

function isFalse(value: unknown): boolean {
  const node = asNode(value);
  const boolean = node?.tag === 'A_Const' ? node.body['boolval'] : undefined;
  return isRecord(boolean) && boolean['boolval'] !== true;
}
