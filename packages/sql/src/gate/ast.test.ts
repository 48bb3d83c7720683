import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AstError, type AstNode, forEachNode, readAst } from './ast.js';

const leaf = (kind: string, detail = '', alias: string | null = null): AstNode => {
  return { kind, detail, alias, children: [] };
};

describe('readAst', () => {
  test('[QY-15] reads kinds, details, aliases and children', () => {
    const text =
      'SelectQuery (children 2)\n ExpressionList (children 2)\n  Identifier a.b (alias my name)\n' +
      "  Literal 'x (alias y)'\n TableExpression (children 1)\n  TableIdentifier t\n\n";
    expect(readAst(text)).toEqual({
      ...leaf('SelectQuery'),
      children: [
        {
          ...leaf('ExpressionList'),
          children: [leaf('Identifier', 'a.b', 'my name'), leaf('Literal', "'x (alias y)'")],
        },
        { ...leaf('TableExpression'), children: [leaf('TableIdentifier', 't')] },
      ],
    });
  });

  test.each([
    ['Function f (alias g) (children 1)\n A', { ...leaf('Function', 'f', 'g'), children: [leaf('A')] }],
    ['ExistsTableQuery  t', leaf('ExistsTableQuery', ' t')],
    ['Identifier a (alias x(y))', leaf('Identifier', 'a', 'x(y)')],
    ['TableIdentifier t ', leaf('TableIdentifier', 't ')],
    ['Set', leaf('Set')],
    [
      'InterpolateElement (column a) (children 1)\n B',
      { ...leaf('InterpolateElement', '(column a)'), children: [leaf('B')] },
    ],
  ])('[QY-15] reads %j', (text, tree) => {
    expect(readAst(text)).toEqual(tree);
  });

  test.each([
    ['nothing', ''],
    ['an empty line between nodes', 'A (children 1)\n\n B'],
    ['two roots', 'A\nB'],
    ['a result after the tree', 'A\n\n2'],
    ['a first line that is indented', ' A'],
    ['a level left out', 'A (children 1)\n  B'],
    ['fewer children than said', 'A (children 2)\n B'],
    ['more children than said', 'A (children 1)\n B\n C'],
    ['children that nobody counted', 'A\n B'],
    ['a count without children', 'A (children 1)'],
    ['a count that an alias forges', 'Identifier x (alias a) (children 3)'],
    ['a tab for indentation', 'A (children 1)\n\tB'],
    ['a no-break space for indentation', 'A (children 1)\n\u00a0B'],
    ['a line that a quoted name forges', 'A (children 1)\n Literal UInt64_1 (alias x\n TableIdentifier y)'],
    ['a line without a kind', 'A (children 1)\n (alias x)'],
    ['a carriage return', 'A (children 1)\r\n B'],
  ])('[QY-15] refuses %s', (_, text) => {
    expect(() => readAst(text)).toThrow(AstError);
  });

  test('[QY-15] has a limit for depth and none for breadth', () => {
    const deep = (levels: number) =>
      Array.from(
        { length: levels },
        (_, at) => `${' '.repeat(at)}A${at + 1 < levels ? ' (children 1)' : ''}`,
      );
    const wide = ['A (children 20000)', ...Array.from({ length: 20_000 }, () => ' B')];
    expect(readAst(deep(1001).join('\n')).kind).toBe('A');
    expect(() => readAst(deep(1002).join('\n'))).toThrow(AstError);
    expect(() => readAst(deep(20_000).join('\n'))).toThrow(AstError);
    expect(readAst(wide.join('\n')).children.length).toBe(20_000);
  });

  test('[QY-15] random lines give an error or a tree that prints as the same text', () => {
    const part = fc.constantFrom(
      'A',
      'B c',
      'F f (alias g)',
      '(',
      ')',
      '(alias x)',
      '(children 1)',
      "'",
      '\u00a0',
    );
    const line = fc
      .tuple(fc.nat(4), part, fc.nat(3))
      .map(([depth, text, count]) => `${' '.repeat(depth)}${text}${count > 0 ? ` (children ${count})` : ''}`);
    const text = fc.oneof(
      fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n')),
      fc.string({ maxLength: 200, unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (input) => {
        const tree = readOrError(input);
        if (tree !== undefined) expect(print(tree)).toBe(input.replace(/\n+$/, ''));
      }),
      { numRuns: 2000 },
    );
  });

  test('[QY-15] every tree can be printed and read again', () => {
    const name = fc.stringMatching(/^[\w.'()]{1,8}$/);
    const { tree } = fc.letrec<{ tree: AstNode }>((tie) => ({
      tree: fc.record({
        kind: fc.constantFrom('Function', 'Identifier', 'ColumnsReplaceTransformer::Replacement'),
        detail: fc.oneof(fc.constant(''), name),
        alias: fc.option(name),
        children: fc.oneof(
          { maxDepth: 4 },
          fc.constant<AstNode[]>([]),
          fc.array(tie('tree'), { maxLength: 3 }),
        ),
      }),
    }));
    fc.assert(
      fc.property(tree, (node) => {
        expect(readAst(print(node))).toEqual(node);
      }),
    );
  });
});

test('[QY-15] forEachNode visits parents before children, in the order of the text', () => {
  const seen: string[] = [];
  forEachNode(readAst('A (children 2)\n B (children 1)\n  C\n D'), (node, parent) => {
    seen.push(`${parent?.kind ?? ''}>${node.kind}`);
  });
  expect(seen).toEqual(['>A', 'A>B', 'B>C', 'A>D']);
});

function readOrError(text: string): AstNode | undefined {
  try {
    return readAst(text);
  } catch (error) {
    expect(error).toBeInstanceOf(AstError);
    return undefined;
  }
}

function print({ kind, detail, alias, children }: AstNode): string {
  const label = detail === '' ? kind : `${kind} ${detail}`;
  const named = alias === null ? label : `${label} (alias ${alias})`;
  const head = children.length === 0 ? named : `${named} (children ${children.length})`;
  return [head, ...children.map((child) => print(child).replaceAll(/^/gm, ' '))].join('\n');
}
