// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const CONTROL = /[\u0000-\u001f\u007f\u0085\u2028\u2029]/;

/**
 * True when a name holds a control character or a line separator. The engine prints names as they are in its syntax
 * trees and messages, where such a character could forge a line.
 */
export function hasControlCharacter(name: string): boolean {
  return CONTROL.test(name);
}
