// The language in use. There is one today; a second is another catalogue of the same shape.
import { en, type Text } from "./en";

export const t: Text = en;

/** A name inside a sentence: its direction is its own and changes nothing around it (Unicode's FSI and PDI, UAX 9). */
export const apart = (name: string) => `\u2068${name}\u2069`;
