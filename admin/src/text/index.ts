// The language in use. There is one today; a second is another catalogue of the same shape.
import { en, type Text } from "./en";

export const t: Text = en;
