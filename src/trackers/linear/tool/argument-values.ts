import type { ValueNode, VariableDefinitionNode } from 'graphql';
import type { JsonObject, JsonValue } from '../../../domain/json.js';
import { ToolRefusal } from '../../tool-refusal.js';
import type { Graphql } from './graphql-module.js';

/** A named value of the document: an argument, or a field of an input object. */
interface NamedValue {
  readonly name: { readonly value: string };
  readonly value: ValueNode;
}

/**
 * What arguments will be once the provider has put the variables in: literals as they stand, variables as given, else
 * their default. What is left out, or is a variable without either, is not in the result.
 *
 * A name given twice is refused. The provider refuses it too, but nothing is to rest on which of the two it reads.
 */
export class ArgumentValues {
  readonly #kinds: Graphql['Kind'];
  readonly #variables: JsonObject;
  readonly #defaults: ReadonlyMap<string, ValueNode>;

  constructor(graphql: Graphql, definitions: readonly VariableDefinitionNode[], variables: JsonObject) {
    this.#kinds = graphql.Kind;
    this.#variables = variables;
    const names = definitions.map(({ variable }) => variable.name.value);
    refuseRepetitions(names, 'variable');
    this.#defaults = new Map(
      definitions.flatMap(({ variable, defaultValue }) =>
        defaultValue === undefined ? [] : [[variable.name.value, defaultValue] as const],
      ),
    );
  }

  of(named: readonly NamedValue[]): JsonObject {
    refuseRepetitions(
      named.map(({ name }) => name.value),
      'argument',
    );
    return Object.fromEntries(
      named.flatMap(({ name, value }) => {
        const resolved = this.#resolved(value);
        return resolved === undefined ? [] : [[name.value, resolved] as const];
      }),
    );
  }

  /** Undefined is a variable that is not there. */
  #resolved(node: ValueNode): JsonValue | undefined {
    const kinds = this.#kinds;
    switch (node.kind) {
      case kinds.VARIABLE:
        return this.#variable(node.name.value);
      case kinds.NULL:
        return null;
      case kinds.INT:
      case kinds.FLOAT:
        return Number(node.value);
      case kinds.LIST:
        return node.values.map((value) => this.#resolved(value) ?? null);
      case kinds.OBJECT:
        return this.of(node.fields);
      default:
        return node.value;
    }
  }

  #variable(name: string): JsonValue | undefined {
    if (Object.hasOwn(this.#variables, name)) return this.#variables[name];
    const otherwise = this.#defaults.get(name);
    return otherwise === undefined ? undefined : this.#resolved(otherwise);
  }
}

/** @throws ToolRefusal `invalid_document` when a name comes twice */
export function refuseRepetitions(names: readonly string[], what: string): void {
  const repeated = names.find((name, index) => names.indexOf(name) < index);
  if (repeated === undefined) return;
  throw new ToolRefusal('invalid_document', `the ${what} ${repeated} is there twice; keep one`);
}
