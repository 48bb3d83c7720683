import { type ColumnDefinition, formatJsonPath, type JsonPathStep, SCHEMA_COLUMNS_MAX } from '@goldcrest/sql';
import { ColumnNames } from './columnNames.js';
import { DEPTH_MAX, Shape } from './shape.js';

/** Places of events that are told apart at the most, unless said otherwise. */
const PLACES_MAX = 10_000;

/** Longest key that is written in a JSONPath, in characters. */
const KEY_LENGTH_MAX = 200;

/** A column that was inferred from events; codecs are never guessed. */
type InferredColumn = ColumnDefinition & { jsonPath: string; codec: null };

/** A column without its name. */
interface Place {
  steps: readonly JsonPathStep[];
  type: string;
  /** Whether some event has nothing there. */
  optional: boolean;
}

/**
 * Infers columns from events (EV-21, FM-20, FM-21, AN-07, AN-08). Memory is bounded by the places that are told apart, not by the
 * events. Nothing that an event holds is left out: what can't be columns of its own is a column of JSON text.
 */
export class Inference {
  private readonly root: Shape;

  /** @param placesMax how many different places of the events may become columns; what is beyond is kept as text */
  constructor(placesMax = PLACES_MAX) {
    this.root = new Shape({ left: placesMax });
  }

  /** Takes one more event into account. Its numbers may be `LosslessNumber`s, which tell `1.0` from `1`. */
  add(document: Readonly<Record<string, unknown>>): void {
    this.root.add(document);
  }

  /** Whether no event so far has a key, so that nothing says what its columns are. */
  get isEmpty(): boolean {
    return this.root.fields.size === 0 && !this.root.isText;
  }

  /**
   * The columns of the events so far, in the order of their keys; as many levels deep as a schema has room for.
   * @param taken names that no column may get
   */
  columns(taken: Iterable<string> = []): InferredColumn[] {
    const names = new ColumnNames(taken);
    for (let depth = DEPTH_MAX; depth > 0; depth--) {
      const places = placesOf(this.root, [], depth, false);
      if (places.length <= SCHEMA_COLUMNS_MAX) return named(places, names);
    }
    return named([textAt([], false)], names);
  }
}

function named(places: readonly Place[], names: ColumnNames): InferredColumn[] {
  return places.map(({ steps, type, optional }) => {
    const isArray = type.startsWith('Array(');
    return {
      name: names.next(steps),
      type: optional && !isArray ? `Nullable(${type})` : type,
      jsonPath: formatJsonPath({ steps: [...steps] }),
      // An array can't be NULL; where there is none it is empty.
      defaultExpression: optional && isArray ? '[]' : null,
      codec: null,
      nullable: optional && !isArray,
    };
  });
}

/** @param depth levels of objects that may still be taken apart @param optional whether some event has nothing here */
function placesOf(shape: Shape, steps: readonly JsonPathStep[], depth: number, optional: boolean): Place[] {
  switch (shape.kind) {
    case 'scalar':
      return [{ steps, type: shape.scalars.type(), optional }];
    case 'nothing':
      return [textAt(steps, true)];
    case 'list':
      return placesOfList(shape, steps, depth, optional);
    case 'object':
      return placesOfObject(shape, steps, depth, optional);
    case 'text':
      return [textAt(steps, optional)];
  }
}

/** The fields of an object, or the whole of it as text where they can't all be named. Of the event itself both are taken. */
function placesOfObject(
  shape: Shape,
  steps: readonly JsonPathStep[],
  depth: number,
  optional: boolean,
): Place[] {
  const isEvent = steps.length === 0;
  const unnamed = [...shape.fields.keys()].some((key) => !canBeStep(key));
  if (depth === 0 || (unnamed && !isEvent)) return [textAt(steps, optional)];
  const places = [...shape.fields]
    .filter(([key]) => canBeStep(key))
    .flatMap(([key, field]) => {
      const missing = field.values < shape.objects;
      return placesOf(field, [...steps, { kind: 'key', key }], depth - 1, optional || missing);
    });
  return unnamed ? [...places, textAt([], false)] : places;
}

/**
 * A list of objects is a column for each of their fields, any other list is one column (EV-21, JP-02, JP-03). A list inside the
 * elements of another has no JSONPath and is kept as text.
 */
function placesOfList(
  shape: Shape,
  before: readonly JsonPathStep[],
  depth: number,
  optional: boolean,
): Place[] {
  if (before.some((step) => step.kind === 'each')) return [textAt(before, optional)];
  const steps: JsonPathStep[] = [...before, { kind: 'each' }];
  const { elements } = shape;
  if (elements === undefined) return [{ steps, type: 'Array(String)', optional }];
  const someNull = elements.values < shape.elementCount;
  if (elements.kind === 'object') {
    const fields = placesOfObject(elements, steps, depth, someNull);
    return fields.map((field) => ({ ...field, type: arrayOf(field), optional }));
  }
  const element = elements.kind === 'scalar' ? elements.scalars.type() : 'String';
  return [{ steps, type: arrayOf({ type: element, optional: someNull }), optional }];
}

function arrayOf({ type, optional }: Pick<Place, 'type' | 'optional'>): string {
  return optional ? `Array(Nullable(${type}))` : `Array(${type})`;
}

function textAt(steps: readonly JsonPathStep[], optional: boolean): Place {
  return { steps, type: 'String', optional };
}

/** A JSONPath has no way to write dots and brackets inside a key. */
function canBeStep(key: string): boolean {
  return key !== '' && key.length <= KEY_LENGTH_MAX && !/[.[\]\p{Cc}\u2028\u2029]/u.test(key);
}
