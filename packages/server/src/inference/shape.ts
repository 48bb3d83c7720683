import { LosslessNumber } from 'lossless-json';
import { Scalars } from './scalars.js';

/** Most fields of an object that become columns: with more, its keys are data rather than names. */
export const FIELDS_MAX = 500;

/** Levels of objects in objects that become columns. What lies deeper is kept as JSON text. */
export const DEPTH_MAX = 10;

/** Shapes that may still be made, for all the shapes of one inference together. */
export interface ShapeRoom {
  left: number;
}

/** What the events have at one place: which kinds of values, and what is inside them. */
export class Shape {
  readonly scalars = new Scalars();
  /** Values that are not null. */
  values = 0;
  objects = 0;
  lists = 0;
  /** Shapes of the fields of the objects, by key. */
  readonly fields = new Map<string, Shape>();
  /** Shape of the elements of the lists. */
  elements: Shape | undefined;
  /** Elements of the lists, with those that are null. */
  elementCount = 0;
  /** Whether the values can only be kept as JSON text: too deep, too many keys. */
  isText = false;

  constructor(
    private readonly room: ShapeRoom,
    private readonly depth = 0,
  ) {}

  /** Takes one more value into account. */
  add(value: unknown): void {
    if (value === null || value === undefined) return;
    this.values += 1;
    if (Array.isArray(value)) this.addList(value);
    else if (typeof value === 'object' && !(value instanceof LosslessNumber)) this.addObject(value);
    else this.scalars.add(value);
  }

  /** The kinds of values: several can only be kept as text. */
  get kind(): 'nothing' | 'scalar' | 'object' | 'list' | 'text' {
    const kinds = [!this.scalars.isEmpty, this.objects > 0, this.lists > 0].filter(Boolean).length;
    if (this.isText || kinds > 1) return 'text';
    if (this.objects > 0) return this.fields.size === 0 ? 'text' : 'object';
    if (this.lists > 0) return 'list';
    return kinds === 0 ? 'nothing' : 'scalar';
  }

  private addObject(object: object): void {
    this.objects += 1;
    if (this.isText) return;
    for (const [key, value] of Object.entries(object)) {
      const field = this.fields.get(key) ?? this.newField(key);
      if (field === undefined) return;
      field.add(value);
    }
  }

  private addList(list: readonly unknown[]): void {
    this.lists += 1;
    this.elementCount += list.length;
    if (this.isText || list.length === 0) return;
    this.elements ??= this.newShape();
    for (const element of list) this.elements?.add(element);
  }

  private newField(key: string): Shape | undefined {
    const field = this.fields.size < FIELDS_MAX ? this.newShape() : this.becomeText();
    if (field !== undefined) this.fields.set(key, field);
    return field;
  }

  private newShape(): Shape | undefined {
    if (this.depth >= DEPTH_MAX || this.room.left === 0) return this.becomeText();
    this.room.left -= 1;
    return new Shape(this.room, this.depth + 1);
  }

  private becomeText(): undefined {
    this.isText = true;
    this.fields.clear();
    this.elements = undefined;
  }
}
