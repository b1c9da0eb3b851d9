import { Hash } from "lucide-react";
import { nameOf } from "@/features/posts/PostCard";
import { t } from "@/text";
import { Avatar } from "@/ui/Avatar";
import type { Choice } from "./completion";

type ChoicesProps = {
  id: string;
  choices: readonly Choice[];
  current: number;
  onChoose: (choice: Choice) => void;
};

/** What the word that is being written may become. The text box keeps the focus; its keys move here. */
export default function Choices({ id, choices, current, onChoose }: ChoicesProps) {
  return (
    <>
      <div id={id} className="choices" role="listbox" aria-label={t.compose.choices}>
        {choices.map((choice, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the box has the focus, and says which one is meant.
          // biome-ignore lint/a11y/useKeyWithClickEvents: its keys are the box's.
          <div
            key={choice.name}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === current}
            className="choice"
            // The focus stays in the box.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => onChoose(choice)}
          >
            {choice.account ? (
              <>
                <Avatar account={choice.account} size="xs" />
                <span className="name">
                  <bdi>{nameOf(choice.account)}</bdi>
                </span>
                <span className="handle">@{choice.account.acct}</span>
              </>
            ) : (
              <>
                <Hash className="i" />
                <span className="name">
                  <bdi>{choice.name}</bdi>
                </span>
              </>
            )}
          </div>
        ))}
      </div>
      <p className="sr-only" role="status">
        {t.compose.choicesThere(choices.length)}
      </p>
    </>
  );
}
